/* The kernels in C: plain pointers and numbers, nothing of Python. */
#ifndef NNLAYERS_KERNELS_H
#define NNLAYERS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t size;

/* Compiles a function for several generations of processors; the loader chooses the best version. This needs
   glibc, and sanitizers do not work with it. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(SANITIZED) && \
    (defined(__clang__) ? __clang_major__ >= 17 : __GNUC__ >= 12)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

/* y = x @ matrix + bias; x and matrix are in C order, or (transposed) in Fortran order. */
typedef struct {
    size rows, columns, inner;
    const float *x, *matrix, *bias; /* bias may be NULL */
    bool x_transposed, matrix_transposed;
    float *y;
} product;

void multiply(const product *task);

/* A matrix in C order, whose rows are some numbers apart, or its transpose. */
typedef struct {
    const float *numbers;
    size apart;
    bool transposed;
} matrix;

/* y = x @ m, or y += x @ m, on one thread; the rows of y are some numbers apart. */
void multiply_into(float *y, size apart, matrix x, matrix m, size rows, size columns, size inner, bool add);

/* True if other Python threads should run meanwhile. */
bool is_long_product(const product *task);

/* The addresses of cblas_sgemm and cblas_sgemv, of a BLAS with 32-bit integers. */
void use_blas(size_t sgemm_address, size_t sgemv_address);

/* y = max(x, 0); NaN stays. */
void relu(const float *x, float *y, size count);

/* dx = grad where y > 0, and 0 times it elsewhere. */
void relu_backward(const float *grad, const float *y, float *dx, size count);

/* factors = scale where the mask is not 0, and 0 elsewhere; y = x * factors. */
void keep(const float *x, const uint8_t *mask, float scale, float *y, float *factors, size count);

/* y = x * factors */
void times(const float *x, const float *factors, float *y, size count);

/* sums[column] = the sum over all rows. */
void sum_rows(const float *x, float *sums, size rows, size columns);

double sum_of_squares(const float *x, size count);

/* True if all labels are in 0 ... classes - 1. */
bool are_labels(const int64_t *labels, size count, size classes);

/* gradient = (softmax(z) - one_hot(label)) * share, row by row; returns the sum of the losses. */
double cross_entropy(const float *z, const int64_t *labels, size rows, size classes, float share, float *gradient);

/* value -= lr * (grad + decay * value) */
void descend(float *value, const float *grad, float lr, float decay, size count);

/* With slope = grad + decay * value: velocity = momentum * velocity + slope;
   value -= lr * (nesterov ? slope + momentum * velocity : velocity) */
void descend_with_momentum(float *value, const float *grad, float *velocity, float lr, float decay, float momentum,
                           bool nesterov, size count);

typedef struct {
    float decay, shrinkage, beta_1, beta_2, rest_of_beta_2, epsilon, rate;
} adam_factors;

/* With slope = grad + decay * value: square = beta_2 * square + (1 - beta_2) * slope^2;
   velocity = beta_1 * velocity + slope; value -= rate * velocity / (sqrt(square) + epsilon) + shrinkage * value.
   False if squares overflow; nothing is changed then. */
bool adam(float *value, const float *grad, float *velocity, float *square, const adam_factors *factors, size count);

#endif
