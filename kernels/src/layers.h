/* The kernels of layers in C: plain pointers and numbers, nothing of Python. */
#ifndef NNLAYERS_LAYERS_H
#define NNLAYERS_LAYERS_H

#include "kernels.h"

/* The windows along an axis of some length: tap t of window p is at stride * p + dilation * t - before. */
typedef struct {
    size length, kernel, stride, dilation, before, steps;
} axis;

/* The windows in which a tap is at a position, and not in the padding. */
typedef struct {
    size first, end;
} stretch;

static inline stretch stretch_of(const axis *a, size tap)
{
    size at = tap * a->dilation - a->before, first = at < 0 ? (-at + a->stride - 1) / a->stride : 0;
    size end = at >= a->length ? 0 : (a->length - 1 - at) / a->stride + 1;
    end = end < a->steps ? end : a->steps;
    return (stretch){first, end > first ? end : first};
}

/* x is (samples, down.length, across.length, channels), y (samples, down.steps, across.steps, outputs) and
   weight (down.kernel, across.kernel, channels / groups, outputs). */
typedef struct {
    axis down, across;
    size samples, channels, outputs, groups;
} convolution;

/* Convolution and its adjoints; false if there is no memory for them. */
bool correlate(const convolution *c, const float *x, const float *weight, const float *bias, float *y);
bool weight_gradient(const convolution *c, const float *x, const float *grad, float *total);
bool input_gradient(const convolution *c, const float *grad, const float *weight, float *dx);

/* The same with one channel and one output in each of the groups. */
void correlate_channels(const convolution *c, const float *x, const float *weight, const float *bias, float *y);
bool weight_gradient_of_channels(const convolution *c, const float *x, const float *grad, float *total);
void input_gradient_of_channels(const convolution *c, const float *grad, const float *weight, float *dx);

/* Blocks of rows, whose columns are in groups, each normalized over the rows of a block; a group has at most
   MOST_COLUMNS unless the blocks are single rows. */
enum { MOST_COLUMNS = 1024 };
typedef struct {
    size blocks, rows, columns, groups;
} norm;

typedef struct {
    float *y, *centred, *scale, *mean, *variance;
} normalized;

/* centred = x - mean, scale = 1 / sqrt(variance + epsilon) and y = centred * scale * gain + offset. */
void normalize_groups(const norm *n, const float *x, const float *gain, const float *offset, float epsilon,
                      const normalized *to);

typedef struct {
    float *x, *gain, *offset;
} norm_gradients;

/* False if there is no memory for it. */
bool normalize_groups_backward(const norm *n, const float *grad, const float *centred, const float *scale,
                               const float *gain, const norm_gradients *to);

/* sums[index[row]] += rows[row] for so many rows; sums has the shape (count, columns), and all indices fit. */
void sum_by_index(const float *rows, const int64_t *index, size number, const size *shape, float *sums);

#endif
