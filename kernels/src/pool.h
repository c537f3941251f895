/* Threads that share the work of a kernel. */
#ifndef NNLAYERS_POOL_H
#define NNLAYERS_POOL_H

#include "loops.h"

/* Do part number `part` of `parts`. */
typedef void (*part_fn)(int part, int parts, const void *task);

/* Do all parts, on at most so many threads; returns when they are done. */
void share_out(int threads, int parts, part_fn do_part, const void *task);

/* Do the elements from `begin` to `end`. */
typedef void (*loop_fn)(size begin, size end, const void *task);

/* Do so many elements, on several threads if that is worthwhile. */
void share_elements(size count, loop_fn loop, const void *task);

/* True if this much element-wise work is worth a thread of its own. */
static inline bool is_long(size elements) { return elements >= 32768; }

/* The threads that so many elements are worth. */
int threads_for(size elements);

/* Where part number `part` of `parts` begins; parts consist of whole units, but for the last. */
static inline size cut(size length, int part, int parts, size unit)
{
    size units = (length + unit - 1) / unit;
    size begin = units * part / parts * unit;
    return begin < length ? begin : length;
}

/* The number of threads that a kernel may use, its caller's included. */
int thread_count(void);
void set_thread_count(int count);

#endif
