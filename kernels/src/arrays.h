/* Checks of arguments: kernels take exact ndarrays, aligned, in native byte order and contiguous. */
#ifndef NNLAYERS_ARRAYS_H
#define NNLAYERS_ARRAYS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL nnlayers_kernels_api
#ifndef NNLAYERS_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include "pool.h"

static inline PyArrayObject *array(PyObject *object) { return (PyArrayObject *)object; }

static inline bool is_array(PyObject *object)
{
    return PyArray_CheckExact(object) && PyArray_ISBEHAVED_RO(array(object));
}

/* An array of one type in C order, with at least one axis: NumPy's results for 0 axes are scalars. */
static inline bool is_contiguous(PyObject *object, int type)
{
    return is_array(object) && PyArray_TYPE(array(object)) == type && PyArray_NDIM(array(object)) > 0 &&
           PyArray_IS_C_CONTIGUOUS(array(object));
}

static inline bool is_float32(PyObject *object) { return is_contiguous(object, NPY_FLOAT32); }

static inline bool are_alike(PyObject *one, PyObject *other)
{
    return is_float32(one) && is_float32(other) && PyArray_SAMESHAPE(array(one), array(other));
}

static inline int axes(PyObject *object) { return PyArray_NDIM(array(object)); }

static inline size length(PyObject *object) { return PyArray_SIZE(array(object)); }

static inline size axis_length(PyObject *object, int axis) { return PyArray_DIM(array(object), axis); }

/* True if other Python threads should run meanwhile. */
static inline bool is_long(PyObject *object) { return length(object) >= WORTH_A_THREAD; }

static inline float *floats(PyObject *object) { return PyArray_DATA(array(object)); }

/* True if two contiguous arrays share memory. */
static inline bool overlap(PyObject *one, PyObject *other)
{
    const char *a = PyArray_BYTES(array(one)), *b = PyArray_BYTES(array(other));
    return a < b + PyArray_NBYTES(array(other)) && b < a + PyArray_NBYTES(array(one));
}

static inline PyObject *new_array(int axes_of_it, const size *shape)
{
    return PyArray_EMPTY(axes_of_it, (size *)shape, NPY_FLOAT32, 0);
}

static inline PyObject *new_like(PyObject *object) { return new_array(axes(object), PyArray_DIMS(array(object))); }

/* The kernels; the last one has no name. */
extern PyMethodDef kernels[];

#endif
