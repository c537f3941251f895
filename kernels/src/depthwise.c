/* Convolution with a group for each channel, and its adjoints: there are no matrices to multiply. */
#include "layers.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 16, MOST_SUMS = 16 };

typedef struct {
    const convolution *of;
    const float *x, *grad, *weight, *bias; /* bias may be NULL */
    float *to;
} pass;

/* A tap in a row of the output: where its weights, the positions that see something of the image, and what they
   see begin. */
typedef struct {
    size weight, output, input, positions;
} tap;

typedef void (*tap_fn)(const pass *p, tap t);

static inline void for_each_tap(const pass *p, size row_of_output, tap_fn do_tap)
{
    const convolution *c = p->of;
    const axis *down = &c->down, *across = &c->across;
    size sample = row_of_output / down->steps, step = row_of_output % down->steps;
    for (size i = 0; i < down->kernel; i++) {
        size row = step * down->stride + i * down->dilation - down->before;
        for (size j = 0; row >= 0 && row < down->length && j < across->kernel; j++) {
            stretch s = stretch_of(across, j);
            size column = s.first * across->stride + j * across->dilation - across->before;
            tap t = {(i * across->kernel + j) * c->channels, (row_of_output * across->steps + s.first) * c->channels,
                     ((sample * down->length + row) * across->length + column) * c->channels, s.end - s.first};
            if (t.positions > 0) {
                do_tap(p, t);
            }
        }
    }
}

static size rows_of_output(const convolution *c) { return c->samples * c->down.steps; }

static size weights(const convolution *c) { return c->down.kernel * c->across.kernel * c->channels; }

static int threads_for_taps(const convolution *c)
{
    return threads_for(rows_of_output(c) * c->across.steps * weights(c));
}

static int parts_for(int threads, size most)
{
    int parts = threads > 1 ? PARTS_OF_A_THREAD * threads : 1;
    return parts < most ? parts : (int)most;
}

/* to += from * weight at some positions; a few channels at a time, whose weights stay in registers. */
static inline void add_weighted(float *__restrict to, size to_apart, const float *__restrict from, size from_apart,
                                const float *weight, size positions, size channels)
{
    size first = 0;
    for (; first + LANES <= channels; first += LANES) {
        float *some_to = to + first, some[LANES];
        const float *some_from = from + first;
        memcpy(some, weight + first, sizeof some);
        for (size position = 0; position < positions; position++, some_to += to_apart, some_from += from_apart) {
            for (size i = 0; i < LANES; i++) {
                some_to[i] += some_from[i] * some[i];
            }
        }
    }
    for (size position = 0; first < channels && position < positions; position++) {
        for (size i = first; i < channels; i++) {
            to[position * to_apart + i] += from[position * from_apart + i] * weight[i];
        }
    }
}

static inline void add_to_output(const pass *p, tap t)
{
    size channels = p->of->channels, apart = p->of->across.stride * channels;
    add_weighted(p->to + t.output, channels, p->x + t.input, apart, p->weight + t.weight, t.positions, channels);
}

static inline void add_to_input(const pass *p, tap t)
{
    size channels = p->of->channels, apart = p->of->across.stride * channels;
    add_weighted(p->to + t.input, apart, p->grad + t.output, channels, p->weight + t.weight, t.positions, channels);
}

static inline void add_products(const float *grad, const float *x, size apart, size positions, size channels,
                                size width, float *sums)
{
    float some[LANES] = {0};
    for (size position = 0; position < positions; position++) {
        for (size i = 0; i < width; i++) {
            some[i] += grad[position * channels + i] * x[position * apart + i];
        }
    }
    for (size i = 0; i < width; i++) {
        sums[i] += some[i];
    }
}

/* What a row adds is summed first: the error grows with the number of those that are added one by one. */
static inline void add_to_weight(const pass *p, tap t)
{
    size channels = p->of->channels, apart = p->of->across.stride * channels, first = 0;
    const float *grad = p->grad + t.output, *x = p->x + t.input;
    float *sums = p->to + t.weight;
    for (; first + LANES <= channels; first += LANES) {
        add_products(grad + first, x + first, apart, t.positions, channels, LANES, sums + first);
    }
    if (first < channels) {
        add_products(grad + first, x + first, apart, t.positions, channels, channels - first, sums + first);
    }
}

FOR_EACH_PROCESSOR
static void correlate_part(int part, int parts, const void *task)
{
    const pass *p = task;
    const convolution *c = p->of;
    size end = cut(rows_of_output(c), part + 1, parts, 1), width = c->across.steps * c->channels;
    for (size row = cut(rows_of_output(c), part, parts, 1); row < end; row++) {
        float *y = p->to + row * width;
        memset(y, 0, width * sizeof(float));
        for (size column = 0; p->bias && column < c->across.steps; column++) {
            memcpy(y + column * c->channels, p->bias, c->channels * sizeof(float));
        }
        for_each_tap(p, row, add_to_output);
    }
}

void correlate_channels(const convolution *c, const float *x, const float *weight, const float *bias, float *y)
{
    pass whole = {.of = c, .x = x, .weight = weight, .bias = bias, .to = y};
    int threads = threads_for_taps(c);
    share_out(threads, parts_for(threads, rows_of_output(c)), correlate_part, &whole);
}

FOR_EACH_PROCESSOR
static void input_part(int part, int parts, const void *task)
{
    const pass *p = task;
    const convolution *c = p->of;
    size begin = cut(c->samples, part, parts, 1), end = cut(c->samples, part + 1, parts, 1);
    size numbers = c->down.length * c->across.length * c->channels;
    memset(p->to + begin * numbers, 0, (end - begin) * numbers * sizeof(float));
    for (size row = begin * c->down.steps; row < end * c->down.steps; row++) {
        for_each_tap(p, row, add_to_input);
    }
}

void input_gradient_of_channels(const convolution *c, const float *grad, const float *weight, float *dx)
{
    pass whole = {.of = c, .grad = grad, .weight = weight, .to = dx};
    int threads = threads_for_taps(c);
    share_out(threads, parts_for(threads, c->samples), input_part, &whole);
}

/* Each part has sums of its own. */
FOR_EACH_PROCESSOR
static void weight_part(int part, int parts, const void *task)
{
    pass own = *(const pass *)task;
    size end = cut(rows_of_output(own.of), part + 1, parts, 1);
    own.to += part * weights(own.of);
    for (size row = cut(rows_of_output(own.of), part, parts, 1); row < end; row++) {
        for_each_tap(&own, row, add_to_weight);
    }
}

bool weight_gradient_of_channels(const convolution *c, const float *x, const float *grad, float *total)
{
    int parts = parts_for(MOST_SUMS / PARTS_OF_A_THREAD, rows_of_output(c));
    float *sums = calloc(weights(c) * (size)parts, sizeof(float));
    if (sums) {
        pass whole = {.of = c, .x = x, .grad = grad, .to = sums};
        share_out(threads_for_taps(c), parts, weight_part, &whole);
        sum_rows(sums, total, parts, weights(c));
        free(sums);
    }
    return sums != NULL;
}
