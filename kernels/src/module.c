/* The extension module: `compiled` finds the kernel of a NumPy function; the other functions configure it. */
#define NNLAYERS_IMPORTS_NUMPY
#include "arrays.h"

#include <limits.h>
#if defined(__GLIBC__)
#include <malloc.h>
#include <stdlib.h>
#endif

/* Keep the memory of large arrays, which come and go in every step; the system would have to clear new pages.
   Who has set these thresholds knows better. */
static void keep_memory(void)
{
#if defined(__GLIBC__)
    if (getenv("MALLOC_MMAP_THRESHOLD_") || getenv("MALLOC_TRIM_THRESHOLD_") || getenv("GLIBC_TUNABLES")) {
        return;
    }
    enum { GIGABYTE = 1 << 30, MOST_OF_OLD_VERSIONS = 1 << 25 };
    if (!mallopt(M_MMAP_THRESHOLD, GIGABYTE)) {
        mallopt(M_MMAP_THRESHOLD, MOST_OF_OLD_VERSIONS);
    }
    mallopt(M_TRIM_THRESHOLD, GIGABYTE);
#endif
}

static PyObject *compiled(PyObject *Py_UNUSED(module), PyObject *function)
{
    PyObject *name = PyObject_GetAttrString(function, "__name__"), *result = function;
    if (!name) {
        return NULL;
    }
    for (PyMethodDef *kernel = kernels; kernel->ml_name; kernel++) {
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, kernel->ml_name) == 0) {
            result = PyCFunction_New(kernel, function);
        }
    }
    Py_DECREF(name);
    return result == function ? Py_NewRef(function) : result;
}

static PyObject *attach(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *sgemm, *sgemv;
    if (!PyArg_ParseTuple(args, "OO", &sgemm, &sgemv)) {
        return NULL;
    }
    use_blas(PyLong_AsSize_t(sgemm), PyLong_AsSize_t(sgemv));
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *set_threads(PyObject *Py_UNUSED(module), PyObject *count)
{
    int overflow = 0;
    long number = PyLong_AsLongAndOverflow(count, &overflow);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (overflow < 0 || (number < 1 && !overflow)) {
        return PyErr_Format(PyExc_ValueError, "expected at least 1 thread, got %S", count);
    }
    set_thread_count(overflow || number > INT_MAX ? INT_MAX : (int)number);
    Py_RETURN_NONE;
}

static PyObject *threads(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    return PyLong_FromLong(thread_count());
}

static PyMethodDef functions[] = {
    {"compiled", compiled, METH_O, PyDoc_STR("The kernel of a function's name; the function itself if there is none.")},
    {"attach", attach, METH_VARARGS, PyDoc_STR("Use the cblas_sgemm and cblas_sgemv at these addresses.")},
    {"set_threads", set_threads, METH_O, PyDoc_STR("Let kernels use so many threads, at most 64.")},
    {"threads", threads, METH_NOARGS, PyDoc_STR("The number of threads that kernels may use.")},
    {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void)
{
    import_array();
    keep_memory();
    return PyModule_Create(&definition);
}
