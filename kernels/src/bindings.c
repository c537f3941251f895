/* Each kernel looks at its arguments first. What it does not take (other dtypes, layouts and libraries,
   shapes that do not fit, wrong numbers of arguments) it hands to the NumPy function, which is its `self`:
   results and errors are NumPy's there. */
#include "bindings.h"
#include "cross_entropy.h"
#include "elementwise.h"
#include "pool.h"
#include "products.h"
#include "sums.h"
#include "updates.h"

#include <float.h>
#include <limits.h>
#include <math.h>

#define KERNEL(name) \
    static PyObject *name##_kernel(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *names)
#define UNLESS(fits) \
    if (names || !(fits)) { \
        return hand_over(self, given, count, names); \
    }

static PyObject *hand_over(PyObject *function, PyObject *const *given, Py_ssize_t count, PyObject *names)
{
    PyObject *result = NULL, *named = NULL, *positional = PyTuple_New(count);
    for (Py_ssize_t i = 0; positional && i < count; i++) {
        PyTuple_SetItem(positional, i, Py_NewRef(given[i]));
    }
    bool ready = positional && (!names || (named = PyDict_New()));
    for (Py_ssize_t i = 0; ready && names && i < PyTuple_Size(names); i++) {
        ready = PyDict_SetItem(named, PyTuple_GetItem(names, i), given[count + i]) == 0;
    }
    if (ready) {
        result = PyObject_Call(function, positional, named);
    }
    Py_XDECREF(positional);
    Py_XDECREF(named);
    return result;
}

/* Other Python threads may go on while much is computed. */
static PyThreadState *release_gil(bool much) { return much ? PyEval_SaveThread() : NULL; }

static void take_gil(PyThreadState *released)
{
    if (released) {
        PyEval_RestoreThread(released);
    }
}

/* A float that stays finite as a float32. */
static bool is_number(PyObject *object)
{
    return PyFloat_CheckExact(object) && fabs(PyFloat_AsDouble(object)) <= FLT_MAX;
}

static float number(PyObject *object) { return (float)PyFloat_AsDouble(object); }

/* The integer, or -1 if it is none, is negative or is too large. */
static long natural_number(PyObject *object)
{
    int overflow = 0;
    long value = PyLong_CheckExact(object) ? PyLong_AsLongAndOverflow(object, &overflow) : -1;
    return overflow || value < 0 ? -1 : value;
}

static bool can_be_changed(PyObject *object, PyObject *grad)
{
    return are_alike(object, grad) && PyArray_ISWRITEABLE(array(object)) && !overlap(object, grad);
}

/* Products */

static bool fits_int(PyObject *object)
{
    for (int axis = 0; axis < axes(object); axis++) {
        if (axis_length(object, axis) > INT_MAX) {
            return false;
        }
    }
    return length(object) > 0;
}

/* A matrix in C or in Fortran order. */
static bool is_matrix(PyObject *object)
{
    return is_array(object) && PyArray_TYPE(array(object)) == NPY_FLOAT32 && axes(object) == 2 && fits_int(object) &&
           (PyArray_IS_C_CONTIGUOUS(array(object)) || PyArray_IS_F_CONTIGUOUS(array(object)));
}

static bool can_be_multiplied(PyObject *x, PyObject *matrix)
{
    if (!is_matrix(matrix) || !(is_matrix(x) || (is_float32(x) && axes(x) > 2 && fits_int(x)))) {
        return false;
    }
    return axis_length(x, axes(x) - 1) == axis_length(matrix, 0) &&
           length(x) / axis_length(matrix, 0) <= INT_MAX;
}

static PyObject *multiplied(PyObject *x, PyObject *matrix, PyObject *bias)
{
    size shape[NPY_MAXDIMS], inner = axis_length(matrix, 0), columns = axis_length(matrix, 1);
    for (int axis = 0; axis < axes(x); axis++) {
        shape[axis] = axis_length(x, axis);
    }
    shape[axes(x) - 1] = columns;
    PyObject *y = new_array(axes(x), shape);
    if (y) {
        product task = {.rows = length(x) / inner,
                        .columns = columns,
                        .inner = inner,
                        .x = floats(x),
                        .matrix = floats(matrix),
                        .bias = bias ? floats(bias) : NULL,
                        .x_transposed = !PyArray_IS_C_CONTIGUOUS(array(x)),
                        .matrix_transposed = !PyArray_IS_C_CONTIGUOUS(array(matrix)),
                        .y = floats(y)};
        PyThreadState *released = release_gil(is_long_product(&task));
        multiply(&task);
        take_gil(released);
    }
    return y;
}

KERNEL(product)
{
    UNLESS(count == 2 && can_be_multiplied(given[0], given[1]))
    return multiplied(given[0], given[1], NULL);
}

KERNEL(affine)
{
    PyObject *bias = count == 3 && given[2] != Py_None ? given[2] : NULL;
    UNLESS((count == 2 || count == 3) && can_be_multiplied(given[0], given[1]) &&
           (!bias || (is_float32(bias) && axes(bias) == 1 && length(bias) == axis_length(given[1], 1))))
    return multiplied(given[0], given[1], bias);
}

/* Sums and labels */

KERNEL(sum_rows)
{
    UNLESS(count == 1 && is_float32(given[0]) && axes(given[0]) > 1)
    PyObject *x = given[0], *sums = new_array(axes(x) - 1, PyArray_DIMS(array(x)) + 1);
    if (sums) {
        PyThreadState *released = release_gil(is_long(length(x)));
        sum_rows(floats(x), floats(sums), axis_length(x, 0), length(sums));
        take_gil(released);
    }
    return sums;
}

KERNEL(sum_of_squares)
{
    bool fits = count == 1 && PyList_CheckExact(given[0]);
    for (Py_ssize_t i = 0; fits && i < PyList_Size(given[0]); i++) {
        fits = is_float32(PyList_GetItem(given[0], i));
    }
    UNLESS(fits)
    double total = 0;
    for (Py_ssize_t i = 0; i < PyList_Size(given[0]); i++) {
        /* The array may be taken from the list by another thread, meanwhile. */
        PyObject *x = Py_NewRef(PyList_GetItem(given[0], i));
        PyThreadState *released = release_gil(is_long(length(x)));
        total += sum_of_squares(floats(x), length(x));
        take_gil(released);
        Py_DECREF(x);
    }
    return PyFloat_FromDouble(total);
}

static bool is_integers(PyObject *object)
{
    return is_array(object) && PyTypeNum_ISINTEGER(PyArray_TYPE(array(object))) && axes(object) > 0 &&
           PyArray_IS_C_CONTIGUOUS(array(object));
}

static integers integers_of(PyObject *object)
{
    return (integers){PyArray_DATA(array(object)), length(object), (int)PyArray_ITEMSIZE(array(object)),
                      PyTypeNum_ISSIGNED(PyArray_TYPE(array(object)))};
}

KERNEL(are_labels)
{
    UNLESS(count == 2 && is_integers(given[0]) && natural_number(given[1]) >= 0)
    integers labels = integers_of(given[0]);
    return PyBool_FromLong(are_labels(&labels, (uint64_t)natural_number(given[1])));
}

/* Losses */

static bool are_logits_and_labels(PyObject *z, PyObject *labels)
{
    if (!is_float32(z) || axes(z) != 2 || length(z) == 0 || !is_integers(labels) || axes(labels) != 1) {
        return false;
    }
    integers numbers = integers_of(labels);
    return numbers.count == axis_length(z, 0) && are_labels(&numbers, (uint64_t)axis_length(z, 1));
}

KERNEL(cross_entropy)
{
    UNLESS(count == 3 && are_logits_and_labels(given[0], given[1]) && is_number(given[2]))
    PyObject *gradient = new_like(given[0]);
    if (!gradient) {
        return NULL;
    }
    integers labels = integers_of(given[1]);
    PyThreadState *released = release_gil(is_long(length(gradient)));
    double sum = cross_entropy(floats(given[0]), &labels, axis_length(gradient, 1), number(given[2]), floats(gradient));
    take_gil(released);
    return Py_BuildValue("(dN)", sum * PyFloat_AsDouble(given[2]), gradient);
}

/* Element by element */

KERNEL(relu)
{
    UNLESS(count == 1 && is_float32(given[0]))
    PyObject *y = new_like(given[0]);
    if (y) {
        PyThreadState *released = release_gil(is_long(length(y)));
        relu(floats(given[0]), floats(y), length(y));
        take_gil(released);
    }
    return y;
}

KERNEL(relu_backward)
{
    UNLESS(count == 2 && are_alike(given[0], given[1]))
    PyObject *dx = new_like(given[0]);
    if (dx) {
        PyThreadState *released = release_gil(is_long(length(dx)));
        relu_backward(floats(given[0]), floats(given[1]), floats(dx), length(dx));
        take_gil(released);
    }
    return dx;
}

KERNEL(keep)
{
    long kept = count == 3 ? natural_number(given[2]) : -1;
    UNLESS(kept >= 1 && kept <= 65536 && is_float32(given[0]) && is_contiguous(given[1], NPY_UINT16) &&
           axes(given[1]) == 1 && length(given[1]) >= length(given[0]))
    PyObject *y = new_like(given[0]);
    if (y) {
        PyThreadState *released = release_gil(is_long(length(y)));
        keep(floats(given[0]), PyArray_DATA(array(given[1])), (uint32_t)kept, (float)(65536.0 / (double)kept), floats(y),
             length(y));
        take_gil(released);
    }
    return y;
}

/* Updates */

KERNEL(descend)
{
    UNLESS(count == 4 && can_be_changed(given[0], given[1]) && is_number(given[2]) && is_number(given[3]))
    PyThreadState *released = release_gil(is_long(length(given[0])));
    descend(floats(given[0]), floats(given[1]), number(given[2]), number(given[3]), length(given[0]));
    take_gil(released);
    Py_RETURN_NONE;
}

KERNEL(descend_with_momentum)
{
    UNLESS(count == 6 && can_be_changed(given[0], given[1]) && can_be_changed(given[2], given[1]) &&
           !overlap(given[0], given[2]) && is_number(given[3]) && is_number(given[4]) && PyBool_Check(given[5]))
    PyThreadState *released = release_gil(is_long(length(given[0])));
    descend_with_momentum(floats(given[0]), floats(given[1]), floats(given[2]), number(given[3]), number(given[4]),
                          given[5] == Py_True, length(given[0]));
    take_gil(released);
    Py_RETURN_NONE;
}

/* The factors of Adam, in the double precision and with the steps of the NumPy function; false if it should
   see them itself. */
static bool adam_factors_of(PyObject *const *numbers, adam_factors *factors)
{
    for (int i = 0; i < 4; i++) {
        if (!is_number(numbers[i])) {
            return false;
        }
    }
    double lr = PyFloat_AsDouble(numbers[0]), beta_1 = PyFloat_AsDouble(numbers[1]);
    double beta_2 = PyFloat_AsDouble(numbers[2]), epsilon = PyFloat_AsDouble(numbers[3]);
    long steps = natural_number(numbers[4]);
    if (steps < 1 || !(beta_1 >= 0 && beta_1 < 1) || !(beta_2 >= 0 && beta_2 < 1)) {
        return false;
    }
    double correction = sqrt(1 - pow(beta_2, (double)steps));
    double rate = lr * correction * (1 - beta_1) / (1 - pow(beta_1, (double)steps));
    *factors = (adam_factors){(float)beta_1, (float)beta_2, (float)(1 - beta_2), (float)(epsilon * correction),
                              (float)rate};
    return fabs(rate) <= FLT_MAX;
}

KERNEL(adam)
{
    adam_factors factors;
    UNLESS(count == 9 && can_be_changed(given[0], given[1]) && can_be_changed(given[2], given[1]) &&
           can_be_changed(given[3], given[1]) && !overlap(given[0], given[2]) && !overlap(given[0], given[3]) &&
           !overlap(given[2], given[3]) && adam_factors_of(given + 4, &factors) &&
           can_be_squared(floats(given[1]), length(given[1])))
    PyThreadState *released = release_gil(is_long(length(given[0])));
    adam(floats(given[0]), floats(given[1]), floats(given[2]), floats(given[3]), &factors, length(given[0]));
    take_gil(released);
    Py_RETURN_NONE;
}

#define ENTRY(name) {#name, (PyCFunction)(void (*)(void))name##_kernel, METH_FASTCALL | METH_KEYWORDS, NULL}
PyMethodDef kernels[] = {ENTRY(product),        ENTRY(affine),
                         ENTRY(sum_rows),       ENTRY(relu),
                         ENTRY(relu_backward),  ENTRY(keep),
                         ENTRY(cross_entropy),  ENTRY(are_labels),
                         ENTRY(sum_of_squares), ENTRY(descend),
                         ENTRY(adam),           ENTRY(descend_with_momentum),
                         {NULL, NULL, 0, NULL}};
