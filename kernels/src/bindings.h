/* What the bindings of kernels share. */
#ifndef NNLAYERS_BINDINGS_H
#define NNLAYERS_BINDINGS_H

#include "arrays.h"

#include <float.h>
#include <math.h>

#define KERNEL(name) \
    PyObject *name##_kernel(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *names)
#define UNLESS(fits) \
    if (names || !(fits)) { \
        return hand_over(self, given, count, names); \
    }

/* Let other Python threads run if the computation is long. */
#define WITHOUT_GIL(long_enough, statement) \
    do { \
        PyThreadState *released = (long_enough) ? PyEval_SaveThread() : NULL; \
        statement; \
        if (released) { \
            PyEval_RestoreThread(released); \
        } \
    } while (0)

static inline PyObject *hand_over(PyObject *function, PyObject *const *given, Py_ssize_t count, PyObject *names)
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

/* An exact float that is finite as a float32, and not 0 where it was not. */
static inline bool is_number(PyObject *object)
{
    double value = PyFloat_CheckExact(object) ? PyFloat_AsDouble(object) : NAN;
    return fabs(value) <= FLT_MAX && ((float)value != 0 || value == 0);
}

static inline float number(PyObject *object) { return (float)PyFloat_AsDouble(object); }

/* The value of an exact int; -1 if it is negative or too large, or if the object is something else. */
static inline long natural_number(PyObject *object)
{
    int overflow = 0;
    long value = PyLong_CheckExact(object) ? PyLong_AsLongAndOverflow(object, &overflow) : -1;
    return overflow || value < 0 ? -1 : value;
}

/* The kernels of layers, which have a file of their own. */
KERNEL(correlate);
KERNEL(weight_gradient);
KERNEL(input_gradient);
KERNEL(normalize_groups);
KERNEL(normalize_groups_backward);
KERNEL(sum_by_index);

#endif
