/* Threads that share the work of a kernel. */
#ifndef NNLAYERS_POOL_H
#define NNLAYERS_POOL_H

#include "kernels.h"

enum {
    CACHE_LINE = 16,          /* floats */
    WORTH_A_THREAD = 1 << 15, /* elements; fewer take less time than a thread costs */
    PARTS_OF_A_THREAD = 4,    /* a thread on a slower core then takes fewer */
};

/* The number of threads that a kernel may use, its caller's included. */
int thread_count(void);
void set_thread_count(int count);

/* Do all parts on at most `threads` threads; returns when they are done. */
typedef void (*part_fn)(int part, int parts, const void *task);
void share_out(int threads, int parts, part_fn do_part, const void *task);

/* Do the elements from 0 to `count`, on several threads if they are worth it. */
typedef void (*loop_fn)(size begin, size end, const void *task);
void share_elements(size count, loop_fn loop, const void *task);

/* The same for a sum. It is added up in parts of at least `of_a_part` elements, which do not depend on the
   number of threads. `cost` is the work per element, relative to a simple loop. */
typedef double (*sum_fn)(size begin, size end, const void *task);
double share_sum(size count, size of_a_part, size cost, sum_fn sum, const void *task);

/* The number of threads that are worthwhile for so many elements. */
int threads_for(size elements);

/* Where part number `part` of `parts` begins; parts consist of whole units, but for the last. */
static inline size cut(size length, int part, int parts, size unit)
{
    size units = (length + unit - 1) / unit;
    size begin = units * part / parts * unit;
    return begin < length ? begin : length;
}

#endif
