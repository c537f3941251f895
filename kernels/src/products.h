/* Products of two matrices, on an OpenBLAS of our own that uses one thread. */
#ifndef NNLAYERS_PRODUCTS_H
#define NNLAYERS_PRODUCTS_H

#include "loops.h"

/* y = x @ matrix + bias; x and matrix are in C order, or (transposed) in Fortran order. */
typedef struct {
    size rows, columns, inner;
    const float *x, *matrix, *bias; /* bias may be NULL */
    bool x_transposed, matrix_transposed;
    float *y;
} product;

void multiply(const product *task);

/* True if others should not wait for it. */
bool is_long_product(const product *task);

/* The addresses of cblas_sgemm and cblas_sgemv, of a BLAS with 32-bit integers. */
void use_blas(size_t sgemm_address, size_t sgemv_address);

#endif
