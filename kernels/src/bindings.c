/* The kernels as Python calls them. Each checks its arguments first. If it does not take them (other dtypes,
   layouts or libraries, shapes that do not fit, a wrong number of arguments), it hands them to the NumPy
   function, which is its `self`, so results and errors are NumPy's. */
#include "bindings.h"

#include <limits.h>

KERNEL(are_alike)
{
    UNLESS(count == 2 && PyArray_CheckExact(given[0]) && PyArray_CheckExact(given[1]))
    PyArrayObject *one = array(given[0]), *other = array(given[1]);
    return PyBool_FromLong(PyArray_SAMESHAPE(one, other) && PyArray_EquivTypes(PyArray_DESCR(one), PyArray_DESCR(other)));
}

/* Products */

/* A matrix in C or in Fortran order. */
static bool is_matrix(PyObject *object)
{
    return is_array(object) && PyArray_TYPE(array(object)) == NPY_FLOAT32 && axes(object) == 2 &&
           (PyArray_IS_C_CONTIGUOUS(array(object)) || PyArray_IS_F_CONTIGUOUS(array(object)));
}

/* The integers of the BLAS have 32 bits; empty arrays are left to NumPy. */
static bool fits_blas(size length) { return length > 0 && length <= INT_MAX; }

static bool can_be_multiplied(PyObject *x, PyObject *matrix)
{
    if (!is_matrix(matrix) || !(is_matrix(x) || (is_float32(x) && axes(x) > 2))) {
        return false;
    }
    size inner = axis_length(matrix, 0);
    return axis_length(x, axes(x) - 1) == inner && fits_blas(inner) && fits_blas(length(x) / inner) &&
           fits_blas(axis_length(matrix, 1));
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
        WITHOUT_GIL(is_long_product(&task), multiply(&task));
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

enum { LONG = 1 << 12 }; /* elements; NumPy is faster with more, in the cases that ask for it */

/* A single column has to be added up number by number. */
static bool is_long_column(PyObject *x) { return axis_length(x, 0) == length(x) && length(x) > LONG; }

KERNEL(sum_rows)
{
    UNLESS(count == 1 && is_float32(given[0]) && axes(given[0]) > 1 && !is_long_column(given[0]))
    PyObject *x = given[0], *sums = new_array(axes(x) - 1, PyArray_DIMS(array(x)) + 1);
    if (sums) {
        WITHOUT_GIL(is_long(x), sum_rows(floats(x), floats(sums), axis_length(x, 0), length(sums)));
    }
    return sums;
}

KERNEL(sum_of_squares)
{
    /* A copy: another thread could change the list while the GIL is released. */
    PyObject *arrays = count == 1 && !names && PyList_CheckExact(given[0]) ? PyList_AsTuple(given[0]) : NULL;
    if (PyErr_Occurred()) {
        return NULL;
    }
    Py_ssize_t number = arrays ? PyTuple_Size(arrays) : 0;
    bool fits = arrays != NULL;
    double total = 0;
    for (Py_ssize_t i = 0; fits && i < number; i++) {
        fits = is_float32(PyTuple_GetItem(arrays, i));
    }
    for (Py_ssize_t i = 0; fits && i < number; i++) {
        PyObject *x = PyTuple_GetItem(arrays, i);
        WITHOUT_GIL(is_long(x), total += sum_of_squares(floats(x), length(x)));
    }
    Py_XDECREF(arrays);
    UNLESS(fits)
    return PyFloat_FromDouble(total);
}

static bool is_integers(PyObject *object)
{
    return PyArray_CheckExact(object) && PyTypeNum_ISINTEGER(PyArray_TYPE(array(object)));
}

/* Integers of any width and layout as contiguous int64; those of uint64 that are too large become negative. */
static PyObject *int64_of(PyObject *integers)
{
    return PyArray_FROMANY(integers, NPY_INT64, 0, 0, NPY_ARRAY_IN_ARRAY | NPY_ARRAY_FORCECAST);
}

static const int64_t *numbers(PyObject *int64s) { return PyArray_DATA(array(int64s)); }

KERNEL(are_labels)
{
    UNLESS(count == 2 && is_integers(given[0]) && natural_number(given[1]) >= 0 &&
           (PyArray_TYPE(array(given[0])) == NPY_INT64 || length(given[0]) <= LONG)) /* others are converted */
    PyObject *labels = int64_of(given[0]);
    if (!labels) {
        return NULL;
    }
    bool valid = are_labels(numbers(labels), length(labels), natural_number(given[1]));
    Py_DECREF(labels);
    return PyBool_FromLong(valid);
}

/* Losses */

KERNEL(cross_entropy)
{
    UNLESS(count == 3 && is_float32(given[0]) && axes(given[0]) == 2 && length(given[0]) > 0 &&
           is_integers(given[1]) && axes(given[1]) == 1 && axis_length(given[1], 0) == axis_length(given[0], 0) &&
           PyFloat_CheckExact(given[2]) && PyFloat_AsDouble(given[2]) == 1.0 / (double)axis_length(given[0], 0))
    PyObject *z = given[0], *labels = int64_of(given[1]);
    if (!labels) {
        return NULL;
    }
    size rows = axis_length(z, 0), classes = axis_length(z, 1);
    bool valid = are_labels(numbers(labels), rows, classes);
    PyObject *gradient = valid ? new_like(z) : NULL;
    double sum = 0;
    if (gradient) {
        WITHOUT_GIL(is_long(z), sum = cross_entropy(floats(z), numbers(labels), rows, classes, number(given[2]),
                                                    floats(gradient)));
    }
    Py_DECREF(labels);
    UNLESS(valid)
    return gradient ? Py_BuildValue("(dN)", sum / (double)rows, gradient) : NULL;
}

/* Element by element */

KERNEL(relu)
{
    UNLESS(count == 1 && is_float32(given[0]))
    PyObject *x = given[0], *y = new_like(x);
    if (y) {
        WITHOUT_GIL(is_long(x), relu(floats(x), floats(y), length(x)));
    }
    return y;
}

KERNEL(relu_backward)
{
    UNLESS(count == 2 && are_alike(given[0], given[1]))
    PyObject *grad = given[0], *y = given[1], *dx = new_like(grad);
    if (dx) {
        WITHOUT_GIL(is_long(y), relu_backward(floats(grad), floats(y), floats(dx), length(y)));
    }
    return dx;
}

KERNEL(keep)
{
    UNLESS(count == 3 && is_float32(given[0]) && is_contiguous(given[1], NPY_BOOL) &&
           PyArray_SAMESHAPE(array(given[0]), array(given[1])) && is_number(given[2]) && number(given[2]) > 0)
    PyObject *x = given[0], *y = new_like(x), *factors = new_like(x);
    if (!y || !factors) {
        Py_XDECREF(y);
        Py_XDECREF(factors);
        return NULL;
    }
    const uint8_t *mask = PyArray_DATA(array(given[1]));
    float scale = number(given[2]);
    WITHOUT_GIL(is_long(x), keep(floats(x), mask, scale, floats(y), floats(factors), length(x)));
    return Py_BuildValue("(NN)", y, factors);
}

KERNEL(times)
{
    UNLESS(count == 2 && are_alike(given[0], given[1]))
    PyObject *x = given[0], *y = new_like(x);
    const float *factors = floats(given[1]);
    if (y) {
        WITHOUT_GIL(is_long(x), times(floats(x), factors, floats(y), length(x)));
    }
    return y;
}

/* Updates */

static bool can_be_changed(PyObject *object, PyObject *grad)
{
    return are_alike(object, grad) && PyArray_ISWRITEABLE(array(object)) && !overlap(object, grad);
}

KERNEL(descend)
{
    UNLESS(count == 4 && can_be_changed(given[0], given[1]) && is_number(given[2]) && is_number(given[3]))
    PyObject *value = given[0];
    float *grad = floats(given[1]), lr = number(given[2]), decay = number(given[3]);
    WITHOUT_GIL(is_long(value), descend(floats(value), grad, lr, decay, length(value)));
    Py_RETURN_NONE;
}

KERNEL(descend_with_momentum)
{
    UNLESS(count == 7 && can_be_changed(given[0], given[1]) && can_be_changed(given[2], given[1]) &&
           !overlap(given[0], given[2]) && is_number(given[3]) && is_number(given[4]) && is_number(given[5]) &&
           PyBool_Check(given[6]))
    PyObject *value = given[0];
    float *grad = floats(given[1]), *velocity = floats(given[2]);
    float lr = number(given[3]), decay = number(given[4]), momentum = number(given[5]);
    bool nesterov = given[6] == Py_True;
    WITHOUT_GIL(is_long(value),
                descend_with_momentum(floats(value), grad, velocity, lr, decay, momentum, nesterov, length(value)));
    Py_RETURN_NONE;
}

/* The factors of Adam, computed in double precision as the NumPy function does; false if the numbers should
   be left to it. */
static bool adam_factors_of(PyObject *const *numbers, adam_factors *factors)
{
    for (int i = 0; i < 6; i++) {
        if (!is_number(numbers[i])) {
            return false;
        }
    }
    double lr = PyFloat_AsDouble(numbers[0]), beta_1 = PyFloat_AsDouble(numbers[3]);
    double beta_2 = PyFloat_AsDouble(numbers[4]), epsilon = PyFloat_AsDouble(numbers[5]);
    double steps = (double)natural_number(numbers[6]);
    if (steps < 1 || !(beta_1 >= 0 && beta_1 < 1) || !(beta_2 >= 0 && beta_2 < 1)) {
        return false;
    }
    double correction = sqrt(1 - pow(beta_2, steps));
    double rate = lr * correction * (1 - beta_1) / (1 - pow(beta_1, steps));
    *factors = (adam_factors){number(numbers[1]),        number(numbers[2]), (float)beta_1,
                              (float)beta_2,             (float)(1 - beta_2), (float)(epsilon * correction),
                              (float)rate};
    return fabs(rate) <= FLT_MAX;
}

KERNEL(adam)
{
    adam_factors factors;
    UNLESS(count == 11 && can_be_changed(given[0], given[1]) && can_be_changed(given[2], given[1]) &&
           can_be_changed(given[3], given[1]) && !overlap(given[0], given[2]) && !overlap(given[0], given[3]) &&
           !overlap(given[2], given[3]) && adam_factors_of(given + 4, &factors))
    PyObject *value = given[0];
    float *grad = floats(given[1]), *velocity = floats(given[2]), *square = floats(given[3]);
    bool done;
    WITHOUT_GIL(is_long(value), done = adam(floats(value), grad, velocity, square, &factors, length(value)));
    UNLESS(done)
    Py_RETURN_NONE;
}

#define ENTRY(name) {#name, (PyCFunction)(void (*)(void))name##_kernel, METH_FASTCALL | METH_KEYWORDS, NULL}
PyMethodDef kernels[] = {ENTRY(are_alike),
                         ENTRY(product),        ENTRY(affine),
                         ENTRY(sum_rows),       ENTRY(relu),
                         ENTRY(relu_backward),  ENTRY(keep), ENTRY(times),
                         ENTRY(cross_entropy),  ENTRY(are_labels),
                         ENTRY(sum_of_squares), ENTRY(descend),
                         ENTRY(adam),           ENTRY(descend_with_momentum),
                         ENTRY(correlate),      ENTRY(weight_gradient),
                         ENTRY(input_gradient), ENTRY(normalize_groups),
                         ENTRY(sum_by_index),   ENTRY(normalize_groups_backward),
                         {NULL, NULL, 0, NULL}};
