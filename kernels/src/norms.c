/* Normalization: groups of columns brought to mean 0 and variance 1, within each block of rows.

   In blocks of one row, as in layer normalization, sums run along the row. In larger ones they run down the columns,
   of whole groups. All sums are in pieces, whose number does not depend on that of the threads. */
#include "layers.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 32,
    ROWS_AT_ONCE = 64,
    BLOCKS_AT_ONCE = 32, /* of one row, whose gradients of the gain are one sum */
};

typedef struct {
    const norm *of;
    const float *x, *gain, *offset;
    float epsilon;
    normalized to;
    const float *grad, *centred, *scale;
    float *dx, *along, *total; /* the last two are gradients of gain and offset, each in several sums */
    int stripes; /* whole groups in each */
} pass;

static size least(size a, size b) { return a < b ? a : b; }

/* Columns of a group. */
static size members(const norm *n) { return n->columns / n->groups; }

/* Rows, one a block */

static inline float sum_of_lanes(float *lanes)
{
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

static inline float sum_along(const float *x, size count)
{
    float lanes[LANES] = {0};
    size i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] += x[i + lane];
        }
    }
    for (int lane = 0; i < count; i++, lane++) {
        lanes[lane] += x[i];
    }
    return sum_of_lanes(lanes);
}

static inline float dot_along(const float *x, const float *y, size count)
{
    float lanes[LANES] = {0};
    size i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] += x[i + lane] * y[i + lane];
        }
    }
    for (int lane = 0; i < count; i++, lane++) {
        lanes[lane] += x[i] * y[i];
    }
    return sum_of_lanes(lanes);
}

FOR_EACH_PROCESSOR
static void normalize_rows(int part, int parts, const void *task)
{
    const pass *p = task;
    size count = members(p->of), groups = p->of->groups, end = cut(p->of->blocks, part + 1, parts, 1) * groups;
    for (size row = cut(p->of->blocks, part, parts, 1) * groups; row < end; row++) {
        const float *x = p->x + row * count, *gain = p->gain + row % groups * count;
        const float *offset = p->offset + row % groups * count;
        float *__restrict centred = p->to.centred + row * count, *__restrict y = p->to.y + row * count;
        float mean = sum_along(x, count) / (float)count;
        for (size i = 0; i < count; i++) {
            centred[i] = x[i] - mean;
        }
        float variance = dot_along(centred, centred, count) / (float)count, scale = 1 / sqrtf(variance + p->epsilon);
        for (size i = 0; i < count; i++) {
            y[i] = centred[i] * scale * gain[i] + offset[i];
        }
        p->to.scale[row] = scale;
        p->to.mean[row] = mean;
        p->to.variance[row] = variance;
    }
}

static inline void row_backward(const pass *p, size row, float *__restrict along, float *__restrict total)
{
    size count = members(p->of), group = row % p->of->groups * count;
    const float *grad = p->grad + row * count, *centred = p->centred + row * count, *gain = p->gain + group;
    float *__restrict dx = p->dx + row * count, scale = p->scale[row];
    for (size i = 0; i < count; i++) {
        dx[i] = grad[i] * gain[i];
        along[group + i] += grad[i] * centred[i] * scale;
        total[group + i] += grad[i];
    }
    float shift = -sum_along(dx, count) / (float)count;
    float slope = -dot_along(dx, centred, count) / (float)count * scale * scale;
    for (size i = 0; i < count; i++) {
        dx[i] = (dx[i] + shift + centred[i] * slope) * scale;
    }
}

FOR_EACH_PROCESSOR
static void rows_backward(int part, int parts, const void *task)
{
    const pass *p = task;
    size groups = p->of->groups, columns = p->of->columns, end = cut(p->of->blocks, part + 1, parts, BLOCKS_AT_ONCE);
    for (size block = cut(p->of->blocks, part, parts, BLOCKS_AT_ONCE); block < end; block++) {
        size sums = block / BLOCKS_AT_ONCE * columns;
        for (size row = block * groups; row < (block + 1) * groups; row++) {
            row_backward(p, row, p->along + sums, p->total + sums);
        }
    }
}

/* Columns, over the rows of a block */

typedef float buffer[MOST_COLUMNS];
typedef double sums_of_pieces[MOST_COLUMNS];

static void clear(float *some, double *sums, size columns)
{
    memset(some, 0, columns * sizeof *some);
    memset(sums, 0, columns * sizeof *sums);
}

/* Add up a few rows, four at a time: the sums are then read and written a quarter as often. */
static inline void add_rows(const float *x, size apart, size rows, size columns, float *__restrict sums)
{
    for (; rows >= 4; rows -= 4, x += 4 * apart) {
        for (size i = 0; i < columns; i++) {
            sums[i] += (x[i] + x[i + apart]) + (x[i + 2 * apart] + x[i + 3 * apart]);
        }
    }
    for (; rows > 0; rows--, x += apart) {
        for (size i = 0; i < columns; i++) {
            sums[i] += x[i];
        }
    }
}

static inline void add_products(const float *x, const float *y, size apart, size rows, size columns,
                                float *__restrict sums)
{
    for (; rows >= 4; rows -= 4, x += 4 * apart, y += 4 * apart) {
        for (size i = 0; i < columns; i++) {
            sums[i] += (x[i] * y[i] + x[i + apart] * y[i + apart]) +
                       (x[i + 2 * apart] * y[i + 2 * apart] + x[i + 3 * apart] * y[i + 3 * apart]);
        }
    }
    for (; rows > 0; rows--, x += apart, y += apart) {
        for (size i = 0; i < columns; i++) {
            sums[i] += x[i] * y[i];
        }
    }
}

static inline void subtract(const float *x, const float *mean, size apart, size rows, size columns,
                            float *__restrict centred)
{
    for (; rows > 0; rows--, x += apart, centred += apart) {
        for (size i = 0; i < columns; i++) {
            centred[i] = x[i] - mean[i];
        }
    }
}

/* Add the sums of a piece to those of all, and begin anew. */
static inline void add_piece(float *__restrict some, size columns, double *__restrict sums)
{
    for (size i = 0; i < columns; i++) {
        sums[i] += some[i];
        some[i] = 0;
    }
}

/* The mean of each group, for each of its columns. */
static inline void to_means(const norm *n, const double *sums, size columns, float *means)
{
    size count = members(n);
    for (size first = 0; first < columns; first += count) {
        double sum = 0;
        for (size i = first; i < first + count; i++) {
            sum += sums[i];
        }
        for (size i = first; i < first + count; i++) {
            means[i] = (float)(sum / ((double)n->rows * (double)count));
        }
    }
}

/* Part of a block: where it begins, and how many columns it has. */
typedef struct {
    size group, left, columns, at;
} stripe;

static stripe stripe_of(const pass *p, int part)
{
    const norm *n = p->of;
    int number = part % p->stripes;
    size block = part / p->stripes, group = cut(n->groups, number, p->stripes, 1);
    size left = group * members(n), right = cut(n->groups, number + 1, p->stripes, 1) * members(n);
    return (stripe){block * n->groups + group, left, right - left, block * n->rows * n->columns + left};
}

FOR_EACH_PROCESSOR
static void normalize_columns(int part, int parts, const void *task)
{
    const pass *p = task;
    const norm *n = p->of;
    stripe s = stripe_of(p, part);
    buffer some, mean, variance, scale;
    sums_of_pieces sums;
    (void)parts;
    clear(some, sums, s.columns);
    for (size row = 0; row < n->rows; row += ROWS_AT_ONCE) {
        size rows = least(ROWS_AT_ONCE, n->rows - row);
        add_rows(p->x + s.at + row * n->columns, n->columns, rows, s.columns, some);
        add_piece(some, s.columns, sums);
    }
    to_means(n, sums, s.columns, mean);
    clear(some, sums, s.columns);
    for (size row = 0; row < n->rows; row += ROWS_AT_ONCE) {
        size rows = least(ROWS_AT_ONCE, n->rows - row);
        float *centred = p->to.centred + s.at + row * n->columns;
        subtract(p->x + s.at + row * n->columns, mean, n->columns, rows, s.columns, centred);
        add_products(centred, centred, n->columns, rows, s.columns, some);
        add_piece(some, s.columns, sums);
    }
    to_means(n, sums, s.columns, variance);
    for (size i = 0; i < s.columns; i++) {
        scale[i] = 1 / sqrtf(variance[i] + p->epsilon);
    }
    for (size i = 0, group = s.group; i < s.columns; i += members(n), group++) {
        p->to.scale[group] = scale[i];
        p->to.mean[group] = mean[i];
        p->to.variance[group] = variance[i];
    }
    for (size i = 0; i < s.columns; i++) {
        scale[i] *= p->gain[s.left + i];
    }
    for (size row = 0; row < n->rows; row++) {
        const float *centred = p->to.centred + s.at + row * n->columns, *offset = p->offset + s.left;
        float *__restrict y = p->to.y + s.at + row * n->columns;
        for (size i = 0; i < s.columns; i++) {
            y[i] = centred[i] * scale[i] + offset[i];
        }
    }
}

FOR_EACH_PROCESSOR
static void columns_backward(int part, int parts, const void *task)
{
    const pass *p = task;
    const norm *n = p->of;
    stripe s = stripe_of(p, part);
    size first_sum = s.at / (n->rows * n->columns) * n->columns + s.left;
    buffer some, more, shift, slope, scale;
    sums_of_pieces total, along;
    (void)parts;
    clear(some, total, s.columns), clear(more, along, s.columns);
    for (size row = 0; row < n->rows; row += ROWS_AT_ONCE) {
        size rows = least(ROWS_AT_ONCE, n->rows - row), at = s.at + row * n->columns;
        add_rows(p->grad + at, n->columns, rows, s.columns, some);
        add_products(p->grad + at, p->centred + at, n->columns, rows, s.columns, more);
        add_piece(some, s.columns, total);
        add_piece(more, s.columns, along);
    }
    for (size i = 0; i < s.columns; i++) {
        scale[i] = p->scale[s.group + i / members(n)];
        p->total[first_sum + i] = (float)total[i];
        p->along[first_sum + i] = (float)(along[i] * scale[i]);
        total[i] *= p->gain[s.left + i];
        along[i] *= p->gain[s.left + i];
    }
    to_means(n, total, s.columns, shift);
    to_means(n, along, s.columns, slope);
    for (size i = 0; i < s.columns; i++) {
        shift[i] *= -scale[i];
        slope[i] *= -scale[i] * scale[i] * scale[i];
        scale[i] *= p->gain[s.left + i];
    }
    for (size row = 0; row < n->rows; row++) {
        size at = s.at + row * n->columns;
        const float *grad = p->grad + at, *centred = p->centred + at;
        float *__restrict dx = p->dx + at;
        for (size i = 0; i < s.columns; i++) {
            dx[i] = grad[i] * scale[i] + (centred[i] * slope[i] + shift[i]);
        }
    }
}

static int threads_for_norm(const norm *n) { return threads_for(4 * n->blocks * n->rows * n->columns); }

/* As many stripes as there are threads without a block, but whole groups that fit the buffers. */
static int stripes_for(const norm *n, int threads)
{
    size stripes = least(n->groups, (threads + n->blocks - 1) / n->blocks);
    while (stripes < n->groups && (n->groups + stripes - 1) / stripes * members(n) > MOST_COLUMNS) {
        stripes++;
    }
    return (int)stripes;
}

static void share_rows(const pass *p, part_fn do_part, size unit)
{
    int threads = threads_for_norm(p->of);
    size units = (p->of->blocks + unit - 1) / unit;
    share_out(threads, (int)least(units, threads > 1 ? PARTS_OF_A_THREAD * threads : 1), do_part, p);
}

static void share_stripes(pass *p, part_fn do_part)
{
    int threads = threads_for_norm(p->of);
    p->stripes = stripes_for(p->of, threads);
    share_out(threads, (int)(p->of->blocks * p->stripes), do_part, p);
}

void normalize_groups(const norm *n, const float *x, const float *gain, const float *offset, float epsilon,
                      const normalized *to)
{
    pass whole = {.of = n, .x = x, .gain = gain, .offset = offset, .epsilon = epsilon, .to = *to};
    n->rows == 1 ? share_rows(&whole, normalize_rows, 1) : share_stripes(&whole, normalize_columns);
}

bool normalize_groups_backward(const norm *n, const float *grad, const float *centred, const float *scale,
                               const float *gain, const norm_gradients *to)
{
    size sums = n->rows == 1 ? (n->blocks + BLOCKS_AT_ONCE - 1) / BLOCKS_AT_ONCE : n->blocks;
    float *memory = calloc(2 * sums * n->columns, sizeof(float));
    if (!memory) {
        return false;
    }
    pass whole = {.of = n, .grad = grad, .centred = centred, .scale = scale, .gain = gain, .dx = to->x};
    whole.along = memory;
    whole.total = memory + sums * n->columns;
    n->rows == 1 ? share_rows(&whole, rows_backward, BLOCKS_AT_ONCE) : share_stripes(&whole, columns_backward);
    sum_rows(whole.along, to->gain, sums, n->columns);
    sum_rows(whole.total, to->offset, sums, n->columns);
    free(memory);
    return true;
}
