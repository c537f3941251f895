/* Products of two matrices, on an OpenBLAS of our own that uses one thread. */
#include "pool.h"

enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };
enum { ROWS_OF_A_UNIT = 8, COLUMNS_OF_A_UNIT = 16 }; /* multiples of those that a BLAS computes together */

/* For small products, up to 100^3 multiplications, OpenBLAS has other loops, which round differently. So
   that blocks have the bits of the whole product, only larger ones are cut, and into blocks that are larger. */
static const double SMALL = 1.05e6;
static const double PACKING = 16; /* multiplications that take the time of copying an element */

typedef void (*sgemm_fn)(int order, int transposed_a, int transposed_b, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void (*sgemv_fn)(int order, int transposed, int m, int n, float alpha, const float *a, int lda,
                         const float *x, int x_stride, float beta, float *y, int y_stride);
static sgemm_fn sgemm;
static sgemv_fn sgemv;

void use_blas(size_t sgemm_address, size_t sgemv_address)
{
    sgemm = (sgemm_fn)sgemm_address;
    sgemv = (sgemv_fn)sgemv_address;
}

/* A product, cut into a grid of blocks. The sums over the inner axis are never cut, so that the bits do
   not depend on the number of threads. */
typedef struct {
    const product *whole;
    int down, across;
} grid;

FOR_EACH_PROCESSOR
static void add_to_rows(float *y, size stride, const float *bias, size rows, size columns)
{
    for (size row = 0; row < rows; row++, y += stride) {
        for (size column = 0; column < columns; column++) {
            y[column] += bias[column];
        }
    }
}

static void multiply_block(int part, int parts, const void *task)
{
    const grid *blocks = task;
    const product *p = blocks->whole;
    int i = part / blocks->across, j = part % blocks->across;
    size top = cut(p->rows, i, blocks->down, ROWS_OF_A_UNIT);
    size bottom = cut(p->rows, i + 1, blocks->down, ROWS_OF_A_UNIT);
    size left = cut(p->columns, j, blocks->across, COLUMNS_OF_A_UNIT);
    size right = cut(p->columns, j + 1, blocks->across, COLUMNS_OF_A_UNIT);
    size stride_x = p->x_transposed ? p->rows : p->inner;
    size stride_matrix = p->matrix_transposed ? p->inner : p->columns;
    float *y = p->y + top * p->columns + left;
    (void)parts;
    sgemm(ROW_MAJOR, p->x_transposed ? TRANSPOSED : AS_IT_IS, p->matrix_transposed ? TRANSPOSED : AS_IT_IS,
          (int)(bottom - top), (int)(right - left), (int)p->inner, 1.0f,
          p->x + (p->x_transposed ? top : top * stride_x), (int)stride_x,
          p->matrix + (p->matrix_transposed ? left * stride_matrix : left), (int)stride_matrix, 0.0f, y,
          (int)p->columns);
    if (p->bias) {
        add_to_rows(y, p->columns, p->bias + left, bottom - top, right - left);
    }
}

static size up_to_unit(size length, int parts, size unit)
{
    size units = (length + unit - 1) / unit;
    return (units + parts - 1) / parts * unit;
}

/* The grid of at most so many blocks that is done first; copying of rows and columns included. */
static grid cut_for(int threads, const product *p)
{
    grid best = {p, 1, 1};
    double least = 1e300;
    for (int down = 1; down <= threads; down++) {
        for (int across = 1; across * down <= threads; across++) {
            double fewest_rows = (double)p->rows / down - ROWS_OF_A_UNIT;
            double fewest_columns = (double)p->columns / across - COLUMNS_OF_A_UNIT;
            double rows = (double)up_to_unit(p->rows, down, ROWS_OF_A_UNIT);
            double columns = (double)up_to_unit(p->columns, across, COLUMNS_OF_A_UNIT);
            double time = rows * columns + PACKING * (rows + columns);
            bool large = fewest_rows > 0 && fewest_columns > 0 && fewest_rows * fewest_columns * p->inner > SMALL;
            if (time < least && (large || down * across == 1)) {
                best = (grid){p, down, across};
                least = time;
            }
        }
    }
    return best;
}

/* stored @ vector, or stored.T @ vector. */
static void multiply_vector(bool transposed, size rows, size columns, const float *stored, const float *vector, float *y)
{
    sgemv(ROW_MAJOR, transposed ? TRANSPOSED : AS_IT_IS, (int)rows, (int)columns, 1.0f, stored, (int)columns, vector, 1,
          0.0f, y, 1);
}

static void multiply_row(const product *p)
{
    bool t = p->matrix_transposed;
    multiply_vector(!t, t ? p->columns : p->inner, t ? p->inner : p->columns, p->matrix, p->x, p->y);
}

static void multiply_column(const product *p)
{
    bool t = p->x_transposed;
    multiply_vector(t, t ? p->inner : p->rows, t ? p->rows : p->inner, p->x, p->matrix, p->y);
}

static double multiplications(const product *p) { return (double)p->rows * p->columns * p->inner; }

bool is_long_product(const product *task) { return multiplications(task) > SMALL; }

void multiply(const product *task)
{
    if (task->rows == 1 || task->columns == 1) {
        task->rows == 1 ? multiply_row(task) : multiply_column(task);
        if (task->bias) {
            add_to_rows(task->y, task->columns, task->bias, task->rows, task->columns);
        }
        return;
    }
    double worthwhile = multiplications(task) / SMALL;
    int threads = worthwhile < thread_count() ? (int)worthwhile : thread_count();
    grid blocks = {task, 1, 1};
    if (threads > 1) {
        blocks = cut_for(threads, task);
    }
    share_out(threads, blocks.down * blocks.across, multiply_block, &blocks);
}
