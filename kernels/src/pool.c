/* A pool of threads.

   A task is cut into parts, each taken by the next thread that is free. A worker that has not begun when the
   last part is taken is called off, so a busy core delays only its own worker. Workers wait actively for about
   a millisecond, since products follow one another, and then sleep. If a second thread brings a task
   meanwhile, it does all parts itself.

   Why no part is lost, done twice or done late:
   - Only the holder of `one_task` writes the current task, and all workers are IDLE then: the holder before it
     has called off, or waited for, each worker that it posted.
   - A worker reads the task after it has exchanged POSTED for RUNNING; the caller calls it off by exchanging
     POSTED for IDLE. Exactly one of the two succeeds. A worker that saw POSTED and was held up until a later
     task either finds that task POSTED, and so reads that one, or fails to exchange and reads nothing.
   - The exchange for RUNNING acquires what the caller wrote before POSTED. The caller acquires the IDLE of a
     worker that has finished, and with it that worker's results.
   - A worker checks for POSTED and sets `asleep` while it holds its lock; the caller sets POSTED and then
     checks `asleep` while it holds that lock. So no wake-up is lost. */
#include "pool.h"

#if defined(__linux__) || defined(__APPLE__)

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum { MOST_THREADS = 64, PAUSES = 64, PATIENCE = 1000000 /* nanoseconds */ };
enum { IDLE, POSTED, RUNNING };

typedef struct {
    _Alignas(128) atomic_int state;
    pthread_mutex_t lock;
    pthread_cond_t posted;
    bool asleep; /* guarded by the lock */
} worker;

static atomic_int allowed = 1;
static worker workers[MOST_THREADS - 1];
static int started; /* workers; guarded by one_task, like the task itself */

static pthread_mutex_t one_task = PTHREAD_MUTEX_INITIALIZER;
static part_fn do_current_part;
static const void *current_task;
static int current_parts;
static _Alignas(128) atomic_int next_part;

static inline void pause_processor(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Wait for a state of a worker for about a millisecond; true if it has come. */
static bool wait_for(int state, worker *of)
{
    int64_t end = now() + PATIENCE;
    do {
        for (int i = 0; i < PAUSES; i++) {
            if (atomic_load_explicit(&of->state, memory_order_acquire) == state) {
                return true;
            }
            pause_processor();
        }
        sched_yield(); /* the core may be needed by another thread; if not, this costs little */
    } while (now() < end);
    return false;
}

static void sleep_until_posted(worker *self)
{
    pthread_mutex_lock(&self->lock);
    self->asleep = atomic_load(&self->state) != POSTED;
    while (self->asleep) {
        pthread_cond_wait(&self->posted, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
}

static void take_parts(void)
{
    int part;
    while ((part = atomic_fetch_add_explicit(&next_part, 1, memory_order_relaxed)) < current_parts) {
        do_current_part(part, current_parts, current_task);
    }
}

static void *work(void *argument)
{
    worker *self = argument;
    for (;;) {
        if (!wait_for(POSTED, self)) {
            sleep_until_posted(self);
        }
        int expected = POSTED;
        if (atomic_compare_exchange_strong(&self->state, &expected, RUNNING)) {
            take_parts();
            atomic_store_explicit(&self->state, IDLE, memory_order_release);
        }
    }
    return NULL;
}

static void forget_workers(void)
{
    started = 0;
    pthread_mutex_init(&one_task, NULL);
}

/* Signals are left to the main thread, where Python handles them. */
static bool start_thread(worker *self)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool success = pthread_create(&thread, NULL, work, self) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (success) {
        pthread_detach(thread);
    }
    return success;
}

/* Start workers until there are `count`; returns how many of those exist. */
static int start_workers(int count)
{
    static bool forks_are_handled;
    if (!forks_are_handled) { /* a child has no workers, and maybe a lock that is held */
        forks_are_handled = pthread_atfork(NULL, NULL, forget_workers) == 0;
    }
    while (started < count) {
        worker *next = &workers[started];
        atomic_store(&next->state, IDLE);
        pthread_mutex_init(&next->lock, NULL);
        pthread_cond_init(&next->posted, NULL);
        next->asleep = false;
        if (!start_thread(next)) {
            break;
        }
        started++;
    }
    return started < count ? started : count;
}

static void post(worker *to)
{
    atomic_store(&to->state, POSTED);
    pthread_mutex_lock(&to->lock);
    if (to->asleep) {
        to->asleep = false;
        pthread_cond_signal(&to->posted);
    }
    pthread_mutex_unlock(&to->lock);
}

/* Call off a worker that has not begun; wait for one that has. */
static void settle(worker *with)
{
    int expected = POSTED;
    if (!atomic_compare_exchange_strong(&with->state, &expected, IDLE)) {
        while (!wait_for(IDLE, with)) {
        }
    }
}

static bool share_with_workers(int helpers, int parts, part_fn do_part, const void *task)
{
    if (helpers < 1 || pthread_mutex_trylock(&one_task)) {
        return false;
    }
    helpers = start_workers(helpers);
    do_current_part = do_part;
    current_task = task;
    current_parts = parts;
    atomic_store(&next_part, 0);
    for (int index = 0; index < helpers; index++) {
        post(&workers[index]);
    }
    take_parts();
    for (int index = 0; index < helpers; index++) {
        settle(&workers[index]);
    }
    pthread_mutex_unlock(&one_task);
    return true;
}

int thread_count(void) { return atomic_load_explicit(&allowed, memory_order_relaxed); }

void set_thread_count(int count) { atomic_store(&allowed, count < MOST_THREADS ? count : MOST_THREADS); }

#else /* one thread */

static bool share_with_workers(int helpers, int parts, part_fn do_part, const void *task)
{
    (void)helpers, (void)parts, (void)do_part, (void)task;
    return false;
}

int thread_count(void) { return 1; }

void set_thread_count(int count) { (void)count; }

#endif

void share_out(int threads, int parts, part_fn do_part, const void *task)
{
    if (!share_with_workers((threads < parts ? threads : parts) - 1, parts, do_part, task)) {
        for (int part = 0; part < parts; part++) {
            do_part(part, parts, task);
        }
    }
}
