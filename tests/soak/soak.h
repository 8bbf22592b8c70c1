/* The soak: random jobs and random calls against the registered DLL, for as long as one likes. One process starts, kills and watches
 * the others (soak.c); each of those runs actors, one a thread, which own their jobs (soak_actor.c). What must hold whatever happens:
 *
 *   - a file that bears its name has the right bytes, all of them (soak_file.c)
 *   - a job whose creation was answered is found by the next process, until its end is asked for (soak_promise.c)
 *   - handles, threads and memory of a process do not grow with the jobs that it has seen (soak_counts.c) */
#ifndef SOAK_H
#define SOAK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* __MINGW_PRINTF_FORMAT */

#include <windows.h>

#include <deliveryoptimization.h>

/* What all processes of a run have done together. */
struct soak_totals {
    volatile LONG jobs, completed, cancelled, errors, adopted, kills;
    volatile LONG64 files, bytes; /* looked at and found right */
};

struct soak {
    wchar_t folder[MAX_PATH - 80]; /* where the files go; it holds nothing else */
    wchar_t promises[MAX_PATH];    /* the file of soak_promise.c */
    const wchar_t *origin;         /* http://127.0.0.1:port */
    struct soak_totals *totals;    /* in memory that the processes share */
};

/* Says what is wrong and ends the process with exit code 1. */
_Noreturn void soak_fail(const char *format, ...) __attribute__((format(__MINGW_PRINTF_FORMAT, 1, 2)));
/* S_OK passes and so does `also`. */
void soak_check(HRESULT hr, const char *what, HRESULT also);
#define SOAK_OK(call)        soak_check((call), #call, S_OK)
#define SOAK_MAY(call, also) soak_check((call), #call, (also))

/* One generator per thread: what it draws follows from the seed alone. */
struct soak_random {
    uint64_t state;
};
uint64_t soak_draw(struct soak_random *random, uint64_t below);

/* ---- soak_file.c: the name of a file says which bytes it must have ---- */

struct soak_file {
    uint64_t seed, size;     /* of what the origin serves */
    uint64_t offset, length; /* the part that was asked for */
};

struct soak_file soak_file_draw(struct soak_random *random);
void soak_file_path(const struct soak *soak, const struct soak_file *file, wchar_t path[MAX_PATH]);
/* The file of that full name is there and right; it is deleted. */
void soak_file_check(const struct soak *soak, const wchar_t *path);
/* The same for every file in the folder. With `is_over` no temporary file may be left. */
void soak_folder_check(const struct soak *soak, bool is_over);

/* ---- soak_promise.c ---- */

void soak_promise_made(const struct soak *soak, const GUID *id);
/* From here on the job may be gone. */
void soak_promise_ends(const struct soak *soak, const GUID *id);
void soak_promises_check(const struct soak *soak, IBackgroundCopyManager *manager);

/* ---- soak_actor.c ---- */

/* Takes over the jobs that the queue has; so long of random calls, then an end for each job. The caller is in the MTA. */
void soak_actors_run(const struct soak *soak, uint64_t seed, uint32_t milliseconds);

/* ---- soak_setter.c ---- */

/* One of the setters that change neither what the right bytes are nor how long they take. */
void soak_set_something(const struct soak *soak, struct soak_random *random, IBackgroundCopyJob *job);

/* ---- soak_counts.c ---- */

struct soak_counts {
    uint64_t handles, threads; /* of this process */
    uint64_t heap, private;    /* bytes: small blocks that are held; memory that is committed for it alone */
    uint64_t large;            /* larger blocks that are held: a worker has one for as long as it lives */
};
struct soak_counts soak_counts_take(void);
/* Leaks one of each for a moment and fails when the counts do not show it. */
void soak_counts_prove(void);

/* ---- soak_round.c: the processes that are watched ---- */

/* Random calls until somebody ends this process. */
_Noreturn void soak_until_killed(const struct soak *soak, uint64_t seed);
/* Ends all that the processes before it left. */
void soak_clean_up(const struct soak *soak, uint64_t seed);
/* Rounds for so many seconds, after each of which all jobs have ended; the counts must not grow from round to round. */
void soak_stay_flat(const struct soak *soak, uint64_t seed, uint32_t seconds);

#endif
