/* The kernels of layers: what `bindings.c` does for the others. */
#include "bindings.h"
#include "layers.h"

#include <limits.h>

static bool has_numbers(PyObject *object, int axes_of_it)
{
    return is_float32(object) && axes(object) == axes_of_it && length(object) > 0;
}

/* A vector of so many numbers. */
static bool is_vector(PyObject *object, size count) { return has_numbers(object, 1) && length(object) == count; }

/* Convolution */

enum { MOST = 1 << 30, NUMBERS_OF_AN_AXIS = 6 };

/* Read an axis from a tuple (kernel, stride, dilation, before, after, steps); false if it is another one. */
static bool read_axis(PyObject *from, axis *found)
{
    long long numbers[NUMBERS_OF_AN_AXIS];
    if (!PyTuple_Check(from) || PyTuple_Size(from) != NUMBERS_OF_AN_AXIS) {
        return false;
    }
    for (int i = 0; i < NUMBERS_OF_AN_AXIS; i++) {
        int overflow = 0;
        PyObject *item = PyTuple_GetItem(from, i);
        numbers[i] = PyLong_CheckExact(item) ? PyLong_AsLongLongAndOverflow(item, &overflow) : MOST;
        if (overflow || numbers[i] <= -MOST || numbers[i] >= MOST) {
            return false;
        }
    }
    long long kernel = numbers[0], stride = numbers[1], dilation = numbers[2], before = numbers[3];
    long long after = numbers[4], steps = numbers[5];
    if (kernel < 1 || stride < 1 || dilation < 1 || steps < 1) {
        return false;
    }
    long long reach = stride * (steps - 1) + dilation * (kernel - 1) + 1;
    *found = (axis){reach - before - after, kernel, stride, dilation, before, steps};
    return found->length > 0 && found->length < MOST;
}

/* Read what a convolution is from its weight, a list of its axes and the number of its groups. */
static bool read_convolution(PyObject *weight, PyObject *list, PyObject *groups, convolution *c)
{
    Py_ssize_t number = PyList_CheckExact(list) ? PyList_Size(list) : 0;
    *c = (convolution){.down = {1, 1, 1, 1, 0, 1}, .groups = natural_number(groups)};
    if (number < 1 || number > 2 || !has_numbers(weight, (int)number + 2) || c->groups < 1 ||
        (number == 2 && !read_axis(PyList_GetItem(list, 0), &c->down)) ||
        !read_axis(PyList_GetItem(list, number - 1), &c->across)) {
        return false;
    }
    c->outputs = axis_length(weight, (int)number + 1);
    size members = axis_length(weight, (int)number), window = length(weight) / c->outputs;
    c->channels = members * c->groups;
    return axis_length(weight, (int)number - 1) == c->across.kernel &&
           (number == 1 || axis_length(weight, 0) == c->down.kernel) && c->outputs % c->groups == 0 &&
           window < MOST && c->outputs < MOST && c->channels < MOST;
}

/* Take the samples of an input or of an output; false if it has another shape. */
static bool read_samples(PyObject *object, size down, size across, size channels, int axes_of_it, convolution *c)
{
    if (!has_numbers(object, axes_of_it)) {
        return false;
    }
    size samples = axis_length(object, 0);
    bool agrees = c->samples == 0 || c->samples == samples;
    c->samples = samples;
    return agrees && (axes_of_it == 3 ? down == 1 : axis_length(object, 1) == down) &&
           axis_length(object, axes_of_it - 2) == across && axis_length(object, axes_of_it - 1) == channels;
}

static bool is_input(PyObject *x, PyObject *weight, convolution *c)
{
    return read_samples(x, c->down.length, c->across.length, c->channels, axes(weight), c);
}

static bool is_output(PyObject *y, PyObject *weight, convolution *c)
{
    return read_samples(y, c->down.steps, c->across.steps, c->outputs, axes(weight), c);
}

/* True if each channel has one output, with a weight of its own. */
static bool is_depthwise(const convolution *c)
{
    return c->groups > 1 && c->channels == c->groups && c->outputs == c->groups;
}

static bool is_long_convolution(const convolution *c, PyObject *weight)
{
    return c->samples * c->down.steps * c->across.steps >= WORTH_A_THREAD / length(weight);
}

/* A new array of samples, with 1 or 2 axes of positions. */
static PyObject *new_samples(const convolution *c, PyObject *weight, size down, size across, size channels)
{
    size shape[] = {c->samples, down, across, channels}, shape_of_sequences[] = {c->samples, across, channels};
    return axes(weight) == 4 ? new_array(4, shape) : new_array(3, shape_of_sequences);
}

static PyObject *done_or_no_memory(bool done, PyObject *result)
{
    if (!done) {
        Py_DECREF(result);
        return PyErr_NoMemory();
    }
    return result;
}

KERNEL(correlate)
{
    convolution c;
    UNLESS((count == 4 || count == 5) && read_convolution(given[1], given[2], given[3], &c) &&
           is_input(given[0], given[1], &c) &&
           (count == 4 || given[4] == Py_None || is_vector(given[4], c.outputs)))
    PyObject *weight = given[1], *y = new_samples(&c, weight, c.down.steps, c.across.steps, c.outputs);
    if (!y) {
        return NULL;
    }
    const float *bias = count == 5 && given[4] != Py_None ? floats(given[4]) : NULL, *x = floats(given[0]);
    bool done = true;
    if (is_depthwise(&c)) {
        WITHOUT_GIL(is_long_convolution(&c, weight), correlate_channels(&c, x, floats(weight), bias, floats(y)));
    } else {
        WITHOUT_GIL(is_long_convolution(&c, weight), done = correlate(&c, x, floats(weight), bias, floats(y)));
    }
    return done_or_no_memory(done, y);
}

KERNEL(weight_gradient)
{
    convolution c;
    UNLESS(count == 5 && read_convolution(given[2], given[3], given[4], &c) && is_input(given[0], given[2], &c) &&
           is_output(given[1], given[2], &c))
    PyObject *grad = given[1], *weight = given[2], *total = new_like(weight), *sums = new_array(1, &c.outputs);
    if (!total || !sums) {
        Py_XDECREF(total);
        Py_XDECREF(sums);
        return NULL;
    }
    const float *x = floats(given[0]), *g = floats(grad);
    bool done;
    WITHOUT_GIL(is_long_convolution(&c, weight), {
        done = is_depthwise(&c) ? weight_gradient_of_channels(&c, x, g, floats(total))
                                : weight_gradient(&c, x, g, floats(total));
        sum_rows(g, floats(sums), length(grad) / c.outputs, c.outputs);
    });
    return done_or_no_memory(done, Py_BuildValue("(NN)", total, sums));
}

KERNEL(input_gradient)
{
    convolution c;
    UNLESS(count == 4 && read_convolution(given[1], given[2], given[3], &c) && is_output(given[0], given[1], &c))
    PyObject *weight = given[1], *dx = new_samples(&c, weight, c.down.length, c.across.length, c.channels);
    if (!dx) {
        return NULL;
    }
    const float *grad = floats(given[0]);
    bool done = true;
    if (is_depthwise(&c)) {
        WITHOUT_GIL(is_long_convolution(&c, weight), input_gradient_of_channels(&c, grad, floats(weight), floats(dx)));
    } else {
        WITHOUT_GIL(is_long_convolution(&c, weight), done = input_gradient(&c, grad, floats(weight), floats(dx)));
    }
    return done_or_no_memory(done, dx);
}

/* Normalization */

static bool read_norm(PyObject *x, size groups, norm *n)
{
    if (!is_float32(x) || (axes(x) != 2 && axes(x) != 3) || length(x) == 0 || length(x) > INT_MAX) {
        return false;
    }
    size columns = axis_length(x, axes(x) - 1);
    *n = (norm){axes(x) == 3 ? axis_length(x, 0) : 1, axis_length(x, axes(x) - 2), columns, groups};
    return groups > 0 && columns % groups == 0 && (n->rows == 1 || columns / groups <= MOST_COLUMNS);
}

/* A new array of a number for each group of each block. */
static PyObject *new_statistics(PyObject *x, const norm *n)
{
    size shape[] = {n->blocks, n->groups};
    return axes(x) == 3 ? new_array(2, shape) : new_array(1, &n->groups);
}

static bool are_statistics(PyObject *object, PyObject *x)
{
    return is_float32(object) && axes(object) == axes(x) - 1 &&
           (axes(x) == 2 || axis_length(object, 0) == axis_length(x, 0));
}

/* A tuple of new arrays; NULL if one of them is. */
static PyObject *tuple_of(Py_ssize_t count, PyObject *const *arrays)
{
    PyObject *tuple = PyTuple_New(count);
    bool complete = tuple != NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        complete = complete && arrays[i];
        if (tuple && arrays[i]) {
            PyTuple_SetItem(tuple, i, arrays[i]);
        } else {
            Py_XDECREF(arrays[i]);
        }
    }
    if (!complete) {
        Py_CLEAR(tuple);
    }
    return tuple;
}

KERNEL(normalize_groups)
{
    norm n;
    UNLESS(count == 5 && read_norm(given[0], natural_number(given[3]), &n) && is_vector(given[1], n.columns) &&
           is_vector(given[2], n.columns) && is_number(given[4]) && number(given[4]) > 0)
    PyObject *x = given[0], *new[] = {new_like(x), new_like(x), new_statistics(x, &n), new_statistics(x, &n),
                                      new_statistics(x, &n)};
    PyObject *results = tuple_of(5, new);
    if (results) {
        normalized to = {floats(new[0]), floats(new[1]), floats(new[2]), floats(new[3]), floats(new[4])};
        const float *gain = floats(given[1]), *offset = floats(given[2]);
        float epsilon = number(given[4]);
        WITHOUT_GIL(is_long(x), normalize_groups(&n, floats(x), gain, offset, epsilon, &to));
    }
    return results;
}

KERNEL(normalize_groups_backward)
{
    norm n;
    UNLESS(count == 4 && are_alike(given[0], given[1]) && axes(given[0]) > 1 && are_statistics(given[2], given[0]) &&
           read_norm(given[0], axis_length(given[2], axes(given[2]) - 1), &n) && is_vector(given[3], n.columns))
    PyObject *grad = given[0], *new[] = {new_like(grad), new_like(given[3]), new_like(given[3])};
    PyObject *results = tuple_of(3, new);
    bool done = true;
    if (results) {
        norm_gradients to = {floats(new[0]), floats(new[1]), floats(new[2])};
        const float *centred = floats(given[1]), *scale = floats(given[2]), *gain = floats(given[3]);
        WITHOUT_GIL(is_long(grad), done = normalize_groups_backward(&n, floats(grad), centred, scale, gain, &to));
    }
    return done_or_no_memory(done, results);
}

/* Sums by index */

static bool are_indices(PyObject *object, size rows, size count)
{
    return is_contiguous(object, NPY_INT64) && axes(object) == 1 && length(object) == rows &&
           are_labels(PyArray_DATA(array(object)), rows, count);
}

KERNEL(sum_by_index)
{
    UNLESS(count == 3 && has_numbers(given[0], 2) && natural_number(given[2]) > 0 &&
           are_indices(given[1], axis_length(given[0], 0), natural_number(given[2])))
    PyObject *rows = given[0];
    size shape[] = {natural_number(given[2]), axis_length(rows, 1)};
    PyObject *sums = PyArray_ZEROS(2, shape, NPY_FLOAT32, 0);
    if (sums) {
        const int64_t *index = PyArray_DATA(array(given[1]));
        WITHOUT_GIL(is_long(rows), sum_by_index(floats(rows), index, axis_length(rows, 0), shape, floats(sums)));
    }
    return sums;
}
