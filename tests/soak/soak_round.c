#include "soak.h"

#include <stdio.h>

#define ROUND_MS   2000
#define ROUNDS_MAX 20000
#define ROUNDS_MIN 8

/* What may come and go with the day's business: connections that are kept alive, threads that wait for more, caches. A leak of one of each
 * per job is far above it after a minute. */
static const struct soak_counts slack = {
    .handles = 24, .threads = 6, .heap = 64 * 1024, .private = 4 * 1024 * 1024, .large = 16};
#define STACK_BYTES (4ull << 20) /* that each thread more may have */

void soak_until_killed(const struct soak *soak, uint64_t seed)
{
    for (;;)
        soak_actors_run(soak, seed++, 3600000);
}

/* The queue is empty, and so is the folder. */
static void check_end(const struct soak *soak)
{
    IBackgroundCopyManager *manager = NULL;
    IEnumBackgroundCopyJobs *list = NULL;
    ULONG count;
    SOAK_OK(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                             (void **)&manager));
    SOAK_OK(IBackgroundCopyManager_EnumJobs(manager, 0, &list));
    SOAK_OK(IEnumBackgroundCopyJobs_GetCount(list, &count));
    if (count)
        soak_fail("%lu jobs are left", count);
    IEnumBackgroundCopyJobs_Release(list);
    soak_folder_check(soak, true);
    IBackgroundCopyManager_Release(manager);
}

void soak_clean_up(const struct soak *soak, uint64_t seed)
{
    soak_actors_run(soak, seed, 0);
    check_end(soak);
}

/* The mean of a few rounds from `first` on. */
static struct soak_counts mean_of(const struct soak_counts *rounds, size_t first, size_t count)
{
    struct soak_counts sum = {0};
    for (size_t i = first; i < first + count; i++) {
        sum.handles += rounds[i].handles;
        sum.threads += rounds[i].threads;
        sum.heap += rounds[i].heap;
        sum.private += rounds[i].private;
        sum.large += rounds[i].large;
    }
    return (struct soak_counts){sum.handles / count, sum.threads / count, sum.heap / count, sum.private / count,
                                sum.large / count};
}

static void check_one(const char *what, uint64_t early, uint64_t late, uint64_t allowed)
{
    printf("  %-13s %9llu to %llu\n", what, early, late);
    if (late > early + allowed)
        soak_fail("it grows");
}

static void check_flat(const struct soak_counts *rounds, size_t count)
{
    size_t window = count / 4;
    struct soak_counts early = mean_of(rounds, window, window), late = mean_of(rounds, count - window, window);
    printf("%u rounds in one process, from the second to the last quarter of them:\n", (unsigned)count);
    check_one("handles", early.handles, late.handles, slack.handles);
    check_one("threads", early.threads, late.threads, slack.threads);
    check_one("heap bytes", early.heap, late.heap, slack.heap);
    check_one("large blocks", early.large, late.large, slack.large);
    /* Means are rounded down: there may be one more than they say. */
    uint64_t more = late.threads > early.threads ? late.threads - early.threads + 1 : 1;
    check_one("private bytes", early.private, late.private, slack.private + more * STACK_BYTES);
}

void soak_stay_flat(const struct soak *soak, uint64_t seed, uint32_t seconds)
{
    static struct soak_counts rounds[ROUNDS_MAX];
    ULONGLONG end = GetTickCount64() + seconds * 1000ull;
    size_t count = 0;
    soak_counts_prove();
    /* On a busy machine a few rounds may take longer than was asked for. */
    while (count < ROUNDS_MAX && (count < ROUNDS_MIN || GetTickCount64() < end)) {
        soak_actors_run(soak, seed + count, ROUND_MS);
        check_end(soak);
        rounds[count++] = soak_counts_take();
    }
    check_flat(rounds, count);
}
