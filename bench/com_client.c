/* One workload through the COM API, timed as a client sees it: from Resume to JobTransferred, then Complete. The same program drives our server and the
 * system's own BITS, whose interfaces are the same.
 *
 *   bench_com dosvc|bits LIST [FILES-PER-JOB]      LIST: lines "URL<TAB>local name"; all files in one job by default
 *
 * Prints one line: add <s> transfer <s> complete <s> growth <MB>. The growth is that of the working set while bytes come. */
#include "bench.h"

#include <stdlib.h>

#define LIMIT_MS  600000u
#define SAMPLE_MS 50u
#define JOBS_MAX  4096

static HANDLE all_over;
static volatile LONG jobs_left;
static volatile LONG failures;

static void one_over(bool is_failure)
{
    if (is_failure)
        InterlockedIncrement(&failures);
    if (InterlockedDecrement(&jobs_left) == 0)
        SetEvent(all_over);
}

static IBackgroundCopyJob *jobs[JOBS_MAX];

/* Makes the jobs of the list; gives their number. */
static size_t make_jobs(IBackgroundCopyManager *manager, FILE *list, unsigned per_job)
{
    wchar_t url[BENCH_TEXT], path[BENCH_TEXT];
    size_t count = 0;
    unsigned in_job = 0;
    while (bench_next(list, url, path)) {
        GUID id;
        if (in_job == 0) {
            bench_check(count < JOBS_MAX ? S_OK : E_OUTOFMEMORY, "the number of jobs");
            bench_check(IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id, &jobs[count]),
                        "CreateJob");
            bench_check(IBackgroundCopyJob_SetNotifyInterface(jobs[count], bench_callback(one_over)),
                        "SetNotifyInterface");
            count++;
        }
        bench_check(IBackgroundCopyJob_AddFile(jobs[count - 1], url, path), "AddFile");
        in_job = per_job && in_job + 1 == per_job ? 0 : in_job + 1;
    }
    return count;
}

/* Gives by how many bytes the working set grew at most. */
static size_t await_all(void)
{
    size_t start = bench_working_set();
    size_t most = start;
    for (unsigned waited = 0; WaitForSingleObject(all_over, SAMPLE_MS) != WAIT_OBJECT_0; waited += SAMPLE_MS) {
        size_t now = bench_working_set();
        most = now > most ? now : most;
        bench_check(waited < LIMIT_MS ? S_OK : E_FAIL, "the transfer, in time");
    }
    bench_check(failures ? E_FAIL : S_OK, "the transfer");
    return most - start;
}

int main(int count, char **arguments)
{
    FILE *list = count > 2 ? fopen(arguments[2], "r") : NULL;
    if (!list)
        return 1;
    all_over = CreateEventW(NULL, TRUE, FALSE, NULL);
    IBackgroundCopyManager *manager = bench_manager(arguments[1]);
    double started = bench_now();
    size_t job_count = make_jobs(manager, list, count > 3 ? (unsigned)atoi(arguments[3]) : 0);
    double added = bench_now();
    jobs_left = (LONG)job_count;
    for (size_t i = 0; i < job_count; i++)
        bench_check(IBackgroundCopyJob_Resume(jobs[i]), "Resume");
    size_t growth = await_all();
    double transferred = bench_now();
    for (size_t i = 0; i < job_count; i++)
        bench_check(IBackgroundCopyJob_Complete(jobs[i]), "Complete");
    double completed = bench_now();
    printf("add %.4f transfer %.4f complete %.4f growth %.2f\n", added - started, transferred - added,
           completed - transferred, (double)growth / 1e6);
    fflush(stdout);
    for (size_t i = 0; i < job_count; i++)
        IBackgroundCopyJob_Release(jobs[i]);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return 0;
}
