/* Sums of many numbers, in an order that depends on their number alone, not on that of threads. */
#ifndef NNLAYERS_SUMS_H
#define NNLAYERS_SUMS_H

#include "loops.h"

/* sums[column] = the sum over all rows. */
void sum_rows(const float *x, float *sums, size rows, size columns);

double sum_of_squares(const float *x, size count);

/* Do the elements from `begin` to `end`, and return their sum. */
typedef double (*sum_fn)(size begin, size end, const void *task);

/* The sum of so many elements, added up in parts of about so many, on several threads if that is worthwhile;
   `cost` is the work of an element. */
double share_sum(size count, size of_a_part, size cost, sum_fn sum, const void *task);

#endif
