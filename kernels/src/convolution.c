/* Convolution and its two adjoints, as products of matrices.

   The rows of a matrix are the windows; with few channels, its columns are laid out one by one. Only a piece of
   it exists at a time, in memory that stays in the cache. Where pieces begin depends on the shapes alone, and so
   do the bits of the result. */
#include "layers.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 1 << 17,   /* numbers of a piece: half a megabyte */
    FEWEST_ROWS = 256, /* of a piece; with fewer, a product takes its time for the weight */
    MOST_SUMS = 16,    /* threads that add up gradients of the weight, each its own */
    FEW_SUMS = 4,      /* and so many where a weight is large, as the sums take memory: */
    SUMS = 1 << 22,    /* numbers */
    MEMORY = 1 << 24,  /* numbers of all pieces at a time, if the threads do not need more */
    FEW_CHANNELS = 8,
    SHORT = 64, /* numbers that are copied in place, as calling memcpy takes longer */
};

typedef struct {
    const convolution *of;
    const float *x, *weight, *bias; /* bias may be NULL */
    float *y;
    float *memory; /* for the pieces and the sums of each part */
    size memory_of_a_part;
} pass;

static size least(size a, size b) { return a < b ? a : b; }
static size most(size a, size b) { return a > b ? a : b; }

/* Positions of the output. */
static size positions_of_a_sample(const convolution *c) { return c->down.steps * c->across.steps; }
static size positions(const convolution *c) { return c->samples * positions_of_a_sample(c); }

/* Channels of a group; numbers in one of its windows. */
static size members(const convolution *c) { return c->channels / c->groups; }
static size window(const convolution *c) { return c->down.kernel * c->across.kernel * members(c); }

/* Windows in a piece. */
static size rows_of_a_piece(const convolution *c)
{
    return least(positions(c), most(FEWEST_ROWS, PIECE / window(c)));
}

static size pieces(const convolution *c) { return (positions(c) + rows_of_a_piece(c) - 1) / rows_of_a_piece(c); }

static double multiplications(const convolution *c)
{
    return (double)positions(c) * (double)window(c) * (double)c->outputs;
}

static int threads_for_convolution(const convolution *c)
{
    return threads_for((size)fmin(multiplications(c) / 32, 1e15)); /* 32 take the time of one in a simple loop */
}

static bool is_single(const axis *a)
{
    return a->kernel == 1 && a->stride == 1 && a->before == 0 && a->steps == a->length;
}

/* True if each window is one position, so that the rows are those of the input. */
static bool is_pointwise(const convolution *c)
{
    return c->groups == 1 && is_single(&c->down) && is_single(&c->across);
}

/* A position of the output. */
typedef struct {
    size sample, row, column;
} place;

static place place_of(const convolution *c, size position)
{
    size row = position / c->across.steps;
    return (place){row / c->down.steps, row % c->down.steps, position % c->across.steps};
}

static place place_after(const convolution *c, place at)
{
    if (++at.column == c->across.steps) {
        at.column = 0;
        if (++at.row == c->down.steps) {
            at.row = 0;
            at.sample++;
        }
    }
    return at;
}

/* What a window sees of a row of the image: runs of numbers that lie together, apart from one another. */
typedef struct {
    size before; /* taps in the padding */
    size runs, run, begin, apart;
} line;

static line line_at(const convolution *c, size column)
{
    const axis *a = &c->across;
    size at = column * a->stride - a->before, first = 0, end = a->kernel, together = members(c);
    if (at < 0) {
        first = least(end, (-at + a->dilation - 1) / a->dilation);
    }
    if (at + (end - 1) * a->dilation >= a->length) {
        end = at >= a->length ? first : most(first, (a->length - 1 - at) / a->dilation + 1);
    }
    line seen = {first, end - first, together, (at + first * a->dilation) * c->channels, a->dilation * c->channels};
    if (seen.apart == seen.run && seen.runs > 0) {
        seen.run *= seen.runs;
        seen.runs = 1;
    }
    return seen;
}

/* The row of the image that a tap of a window sees: its first number, or -1 in the padding. */
static size row_seen(const convolution *c, place at, size tap)
{
    size row = at.row * c->down.stride + tap * c->down.dilation - c->down.before;
    if (row < 0 || row >= c->down.length) {
        return -1;
    }
    return (at.sample * c->down.length + row) * c->across.length * c->channels;
}

static inline float *put(float *to, const float *from, size count)
{
    if (count > SHORT) {
        memcpy(to, from, count * sizeof(float));
        return to + count;
    }
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        memcpy(to, from, 8 * sizeof(float));
    }
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}

static inline float *put_zeros(float *to, size count)
{
    if (count > 0) {
        memset(to, 0, count * sizeof(float));
    }
    return to + count;
}

/* Lay out the windows of some positions as the rows of a matrix. */
FOR_EACH_PROCESSOR
static void lay_out_rows(const convolution *c, const float *x, size begin, size end, float *windows)
{
    size width = c->across.kernel * members(c);
    place at = place_of(c, begin);
    for (size position = begin; position < end; position++, at = place_after(c, at)) {
        line seen = line_at(c, at.column);
        size left = seen.before * members(c), right = width - left - seen.runs * seen.run;
        for (size tap = 0; tap < c->down.kernel; tap++) {
            size row = row_seen(c, at, tap);
            if (row < 0) {
                windows = put_zeros(windows, width);
                continue;
            }
            windows = put_zeros(windows, left);
            for (size i = 0; i < seen.runs; i++) {
                windows = put(windows, x + row + seen.begin + i * seen.apart, seen.run);
            }
            windows = put_zeros(windows, right);
        }
    }
}

/* Lay out what one tap sees of one channel at neighbouring positions of a row of the output, the first of which
   is `at`; `x` is that row of the image. */
static inline void lay_out_column(const convolution *c, const float *x, size at, size count, size tap, float *column)
{
    const axis *across = &c->across;
    stretch seen = stretch_of(across, tap);
    size first = least(most(seen.first - at, 0), count), end = least(most(seen.end - at, first), count);
    size from = ((at + first) * across->stride + tap * across->dilation - across->before) * c->channels;
    size apart = across->stride * c->channels;
    column = put_zeros(column, first);
    if (apart == 1 && first < end) {
        column = put(column, x + from, end - first);
    } else {
        for (size i = first; i < end; i++, from += apart) {
            *column++ = x[from];
        }
    }
    put_zeros(column, count - end);
}

/* The same matrix, but transposed: a row of it for each tap and each channel. */
FOR_EACH_PROCESSOR
static void lay_out_columns(const convolution *c, const float *x, size begin, size end, float *windows)
{
    size rows = end - begin, channels = members(c);
    place at = place_of(c, begin);
    for (size count; begin < end; begin += count, windows += count) {
        count = least(c->across.steps - at.column, end - begin);
        for (size up = 0; up < c->down.kernel; up++) {
            size row = row_seen(c, at, up);
            for (size tap = 0; tap < c->across.kernel; tap++) {
                float *column = windows + (up * c->across.kernel + tap) * channels * rows;
                for (size channel = 0; channel < channels; channel++, column += rows) {
                    if (row < 0) {
                        put_zeros(column, count);
                    } else {
                        lay_out_column(c, x + row + channel, at.column, count, tap, column);
                    }
                }
            }
        }
        at.column = c->across.steps - 1;
        at = place_after(c, at);
    }
}

/* Add each number of the windows of some positions to where it was seen. */
FOR_EACH_PROCESSOR
static void add_up(const convolution *c, const float *windows, size begin, size end, float *x)
{
    size width = c->across.kernel * members(c);
    place at = place_of(c, begin);
    for (size position = begin; position < end; position++, at = place_after(c, at)) {
        line seen = line_at(c, at.column);
        for (size tap = 0; tap < c->down.kernel; tap++, windows += width) {
            size row = row_seen(c, at, tap);
            for (size i = 0; row >= 0 && i < seen.runs; i++) {
                const float *from = windows + seen.before * members(c) + i * seen.run;
                float *__restrict to = x + row + seen.begin + i * seen.apart;
                for (size k = 0; k < seen.run; k++) {
                    to[k] += from[k];
                }
            }
        }
    }
}

/* The windows of some positions and of one group as a matrix; in `memory`, if they have to be laid out. */
static matrix windows_of(const convolution *c, const float *x, size group, size begin, size end, float *memory)
{
    if (is_pointwise(c)) {
        return (matrix){x + begin * c->channels, c->channels, false};
    }
    x += group * members(c);
    if (members(c) < FEW_CHANNELS) {
        lay_out_columns(c, x, begin, end, memory);
        return (matrix){memory, end - begin, true};
    }
    lay_out_rows(c, x, begin, end, memory);
    return (matrix){memory, window(c), false};
}

/* Do at most so many parts, each with memory for a piece; false if there is none. */
static bool share_pass(pass *p, size most_parts, part_fn do_part)
{
    int threads = threads_for_convolution(p->of);
    p->memory_of_a_part = rows_of_a_piece(p->of) * window(p->of);
    size parts = most(threads, least(PARTS_OF_A_THREAD * threads, MEMORY / p->memory_of_a_part));
    parts = threads > 1 ? least(parts, most_parts) : 1;
    p->memory = malloc(p->memory_of_a_part * parts * sizeof(float));
    if (p->memory) {
        share_out(threads, (int)parts, do_part, p);
        free(p->memory);
    }
    return p->memory != NULL;
}

static void correlate_part(int part, int parts, const void *task)
{
    const pass *p = task;
    const convolution *c = p->of;
    size rows = rows_of_a_piece(c), outputs = c->outputs / c->groups;
    float *memory = p->memory + part * p->memory_of_a_part;
    size stop = cut(positions(c), part + 1, parts, rows);
    for (size begin = cut(positions(c), part, parts, rows); begin < stop; begin += rows) {
        size end = least(begin + rows, stop);
        float *y = p->y + begin * c->outputs;
        for (size row = 0; p->bias && row < end - begin; row++) {
            memcpy(y + row * c->outputs, p->bias, c->outputs * sizeof(float));
        }
        for (size group = 0; group < c->groups; group++) {
            matrix windows = windows_of(c, p->x, group, begin, end, memory);
            matrix weight = {p->weight + group * outputs, c->outputs, false};
            multiply_into(y + group * outputs, c->outputs, windows, weight, end - begin, outputs, window(c),
                          p->bias != NULL);
        }
    }
}

bool correlate(const convolution *c, const float *x, const float *weight, const float *bias, float *y)
{
    pass whole = {.of = c, .x = x, .weight = weight, .bias = bias, .y = y};
    return share_pass(&whole, pieces(c), correlate_part);
}

static void weight_part(int part, int parts, const void *task)
{
    const pass *p = task;
    const convolution *c = p->of;
    size rows = rows_of_a_piece(c), outputs = c->outputs / c->groups;
    float *sums = p->memory + part * p->memory_of_a_part, *memory = sums + window(c) * c->outputs;
    size start = cut(positions(c), part, parts, rows), stop = cut(positions(c), part + 1, parts, rows);
    for (size begin = start; begin < stop; begin += rows) {
        size end = least(begin + rows, stop);
        for (size group = 0; group < c->groups; group++) {
            matrix windows = windows_of(c, p->x, group, begin, end, memory);
            windows.transposed = !windows.transposed;
            matrix grad = {p->y + begin * c->outputs + group * outputs, c->outputs, false};
            multiply_into(sums + group * outputs, c->outputs, windows, grad, window(c), outputs, end - begin,
                          begin > start);
        }
    }
}

FOR_EACH_PROCESSOR
static void add_sums(const float *sums, size apart, int parts, float *__restrict total, size count)
{
    memcpy(total, sums, count * sizeof(float));
    for (int part = 1; part < parts; part++) {
        for (size i = 0; i < count; i++) {
            total[i] += sums[part * apart + i];
        }
    }
}

bool weight_gradient(const convolution *c, const float *x, const float *grad, float *total)
{
    pass whole = {.of = c, .x = x, .y = (float *)grad};
    size count = window(c) * c->outputs;
    int parts = (int)least(pieces(c), least(MOST_SUMS, most(FEW_SUMS, SUMS / count)));
    whole.memory_of_a_part = count + rows_of_a_piece(c) * window(c);
    whole.memory = malloc(whole.memory_of_a_part * (size)parts * sizeof(float));
    if (whole.memory) {
        share_out(threads_for_convolution(c), parts, weight_part, &whole);
        add_sums(whole.memory, whole.memory_of_a_part, parts, total, count);
        free(whole.memory);
    }
    return whole.memory != NULL;
}

/* Samples in a piece, if there are several. */
static size samples_of_a_piece(const convolution *c)
{
    return most(1, least(c->samples, rows_of_a_piece(c) / positions_of_a_sample(c)));
}

static void add_input_gradients(const pass *p, size begin, size end, float *memory)
{
    const convolution *c = p->of;
    size outputs = c->outputs / c->groups;
    for (size group = 0; group < c->groups; group++) {
        matrix grad = {p->x + begin * c->outputs + group * outputs, c->outputs, false};
        matrix weight = {p->weight + group * outputs, c->outputs, true};
        float *windows = is_pointwise(c) ? p->y + begin * c->channels : memory;
        multiply_into(windows, window(c), grad, weight, end - begin, window(c), outputs, false);
        if (!is_pointwise(c)) {
            add_up(c, windows, begin, end, p->y + group * members(c));
        }
    }
}

/* Whole samples, as positions of different ones do not see the same numbers. */
static void input_part(int part, int parts, const void *task)
{
    const pass *p = task;
    const convolution *c = p->of;
    size unit = samples_of_a_piece(c), of_a_sample = positions_of_a_sample(c), rows = rows_of_a_piece(c);
    size start = cut(c->samples, part, parts, unit), stop = cut(c->samples, part + 1, parts, unit);
    size numbers = c->down.length * c->across.length * c->channels;
    memset(p->y + start * numbers, 0, (stop - start) * numbers * sizeof(float));
    for (size sample = start; sample < stop; sample += unit) {
        size end = least(sample + unit, stop) * of_a_sample;
        for (size begin = sample * of_a_sample; begin < end; begin += rows) {
            add_input_gradients(p, begin, least(begin + rows, end), p->memory + part * p->memory_of_a_part);
        }
    }
}

bool input_gradient(const convolution *c, const float *grad, const float *weight, float *dx)
{
    pass whole = {.of = c, .x = grad, .weight = weight, .y = dx};
    return share_pass(&whole, c->samples, input_part);
}
