/* Each method in each state, against the matrix in state_matrix.def: its answer, the state right after it, and that a refused call changed nothing. */
#include "job_picture.h"
#include "staged_job.h"

#include <string.h>

/* ---- The cells ---- */

enum outcome {
    STAYS,    /* the state, and all that can be asked */
    CHANGES,  /* the state stays, ModificationTime is now */
    GOES_TO,  /* another state, `state`; ModificationTime is now */
    NOT_THERE /* no such call */
};

struct cell {
    const char *name;
    HRESULT answer;
    enum outcome outcome;
    BG_JOB_STATE state;
};

static const struct cell cells[] = {
    {"SAME", S_OK, STAYS, 0},
    {"OK", S_OK, CHANGES, 0},
    {"IS", DO_E_INVALID_STATE, STAYS, 0},
    {"S_F", S_FALSE, STAYS, 0},
    {"EMPT", DO_E_JOB_EMPTY, STAYS, 0},
    {"NOER", DO_E_ERROR_INFORMATION_UNAVAILABLE, STAYS, 0},
    {"PEND", E_PENDING, STAYS, 0},
    {"NIMP", E_NOTIMPL, STAYS, 0},
    {"IARG", E_INVALIDARG, STAYS, 0},
    {"UNKN", DO_E_UNKNOWN_PROPERTY_ID, STAYS, 0},
    {"R_O", DO_E_READ_ONLY_PROPERTY, STAYS, 0},
    {"____", S_OK, NOT_THERE, 0},
    {"SUSP", S_OK, GOES_TO, BG_JOB_STATE_SUSPENDED},
    {"QUED", S_OK, GOES_TO, BG_JOB_STATE_QUEUED},
    {"ERRO", S_OK, GOES_TO, BG_JOB_STATE_ERROR},
    {"CANC", S_OK, GOES_TO, BG_JOB_STATE_CANCELLED},
    {"ACKN", S_OK, GOES_TO, BG_JOB_STATE_ACKNOWLEDGED},
    {"PART", BG_S_PARTIAL_COMPLETE, GOES_TO, BG_JOB_STATE_ACKNOWLEDGED},
};

static const struct cell *find_cell(const char *name)
{
    for (size_t i = 0; i < ARRAYSIZE(cells); i++) {
        if (strcmp(cells[i].name, name) == 0)
            return &cells[i];
    }
    fail_msg("no cell %s", name);
    return NULL;
}

/* ---- The calls ---- */

/* A job to call, what it is called with, and room for what it gives. */
struct call {
    IBackgroundCopyJob5 *job;
    IBackgroundCopyJobHttpOptions *http_options;
    IDeliveryOptimizationJob *delivery;
    IDeliveryOptimizationJob2 *delivery2;
    IBackgroundCopyFile5 *file;
    IDeliveryOptimizationFile *delivery_file;
    IDeliveryOptimizationFile2 *delivery_file2;

    WCHAR url[32], path[TEMP_PATH_MAX], store[4], subject[8];
    BYTE hash[20];
    BG_FILE_INFO info;
    BG_FILE_RANGE range;
    BG_AUTH_CREDENTIALS credentials;
    BITS_JOB_PROPERTY_VALUE cost;
    VARIANT yes;

    WCHAR *text, *more_text;
    BYTE *bytes;
    BG_FILE_RANGE *ranges;
    IUnknown *object;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyError *error;
    void *new_file;
    BITS_FILE_PROPERTY_VALUE headers;
    BITS_JOB_PROPERTY_VALUE property;
    VARIANT variant;
    DOSwarmStats stats;

    GUID id;
    BG_JOB_TYPE type;
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    BG_JOB_STATE state;
    BG_JOB_PRIORITY priority;
    BG_JOB_PROXY_USAGE usage;
    BG_JOB_REPLY_PROGRESS reply_progress;
    BG_FILE_PROGRESS file_progress;
    BG_CERT_STORE_LOCATION location;
    ULONG number;
    DWORD flags;
    BOOL is_so;
    UINT64 big_number, more_big_number;
};

static void begin_call(struct call *x, const struct staged_job *staged)
{
    static WCHAR user[] = L"user", password[] = L"password";
    memset(x, 0, sizeof(*x));
    x->job = staged->job;
    x->http_options = staged->http_options;
    x->delivery = staged->delivery;
    x->delivery2 = staged->delivery2;
    x->file = staged->file;
    x->delivery_file = staged->delivery_file;
    x->delivery_file2 = staged->delivery_file2;
    wcscpy(x->url, L"http://test/small");
    wcscpy(x->path, stage_new_path());
    wcscpy(x->store, L"MY");
    wcscpy(x->subject, L"nobody");
    x->info = (BG_FILE_INFO){x->url, x->path};
    x->range.Length = 10;
    x->credentials.Target = BG_AUTH_TARGET_SERVER;
    x->credentials.Scheme = BG_AUTH_SCHEME_BASIC;
    x->credentials.Credentials.Basic.UserName = user;
    x->credentials.Credentials.Basic.Password = password;
    x->cost.Dword = BITS_COST_STATE_UNRESTRICTED;
    x->yes.vt = VT_BOOL;
    x->yes.boolVal = VARIANT_TRUE;
}

static void release(void *object)
{
    if (object)
        IUnknown_Release((IUnknown *)object);
}

static void end_call(struct call *x)
{
    CoTaskMemFree(x->text);
    CoTaskMemFree(x->more_text);
    CoTaskMemFree(x->bytes);
    CoTaskMemFree(x->ranges);
    CoTaskMemFree(x->headers.String);
    CoTaskMemFree(x->stats.fileId);
    CoTaskMemFree(x->stats.sourceURL);
    (void)VariantClear(&x->variant);
    release(x->object);
    release(x->files);
    release(x->error);
    release(x->new_file);
}

/* ---- The rows ---- */

#define ANYWHERE(face, method, arguments, cell)                                                                        \
    METHOD(face, method, arguments, cell, cell, cell, cell, cell, cell, cell, cell, cell, cell)
#define FILE_ANYWHERE(face, method, arguments, cell)                                                                   \
    METHOD(face, method, arguments, ____, cell, cell, cell, cell, cell, cell, cell, cell, cell)

/* Each row's call is a function, numbered by its line. */
#define CONCATENATE(a, b) a##b
#define CALL_NAME(line)   CONCATENATE(call_of_line_, line)
#define METHOD(face, method, arguments, ...)                                                                           \
    static HRESULT CALL_NAME(__LINE__)(struct call * x)                                                                \
    {                                                                                                                  \
        return face##_##method arguments;                                                                              \
    }
#include "state_matrix.def"
#undef METHOD

static const struct row {
    const char *face, *method;
    HRESULT (*call)(struct call *x);
    const char *cells[STAGE_COUNT - 1];
} rows[] = {
#define METHOD(face, method, arguments, a, b, c, d, e, f, g, h, i, j)                                                  \
    {#face, #method, CALL_NAME(__LINE__), {#a, #b, #c, #d, #e, #f, #g, #h, #i, #j}},
#include "state_matrix.def"
#undef METHOD
};

/* ---- Running a cell ---- */

/* The two stages of a Complete that is under way share the last column. */
static const struct cell *cell_of(const struct row *row, enum stage stage)
{
    return find_cell(row->cells[stage == STAGE_COMPLETING_PART ? STAGE_COMPLETING : stage]);
}

/* What a call did. */
struct observation {
    HRESULT answer;
    BG_JOB_STATE before, after;
    bool is_modified_now;   /* says ModificationTime */
    const char *difference; /* of all that can be asked; NULL: none */
};

static bool is_modified_now(IBackgroundCopyJob5 *job)
{
    BG_JOB_TIMES times;
    assert_hr(IBackgroundCopyJob5_GetTimes(job, &times), S_OK);
    uint64_t utc = env.clock.clock.utc(&env.clock.clock);
    return times.ModificationTime.dwLowDateTime == (DWORD)utc &&
           times.ModificationTime.dwHighDateTime == (DWORD)(utc >> 32);
}

static bool is_what_happened(const struct cell *cell, const struct observation *seen)
{
    if (seen->answer != cell->answer)
        return false;
    switch (cell->outcome) {
    case STAYS: return !seen->difference;
    case CHANGES: return seen->after == seen->before && seen->is_modified_now && seen->difference;
    case GOES_TO: return seen->after == cell->state && seen->after != seen->before && seen->is_modified_now;
    default: return false;
    }
}

/* No other word may fit, so that a cell that is changed to any of them would fail. Gives how many words are wrong. */
static unsigned check_cell(const struct row *row, enum stage stage, const struct cell *cell,
                           const struct observation *seen)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < ARRAYSIZE(cells); i++) {
        if (is_what_happened(&cells[i], seen) == (&cells[i] == cell))
            continue;
        wrong++;
        print_error("%s::%s in %s, expected %s, %s %s: %08lX, BG_JOB_STATE %d after %d, modified now: %d, new: %s\n",
                    row->face, row->method, stage_name(stage), cell->name, cells[i].name,
                    &cells[i] == cell ? "does not fit" : "fits, too", (unsigned long)seen->answer, (int)seen->after,
                    (int)seen->before, seen->is_modified_now, seen->difference ? seen->difference : "nothing");
    }
    return wrong;
}

/* True when the job is as it was before. */
static bool run_cell(const struct row *row, struct staged_job *staged, unsigned *wrong)
{
    static struct job_picture before, after;
    const struct cell *cell = cell_of(row, staged->stage);
    struct call x;
    fake_clock_advance(&env.clock, 1); /* so that this moment is known from the last */
    begin_call(&x, staged);
    job_picture_take(staged->job, &before);
    struct observation seen = {.before = stage_state(staged->stage)};
    seen.answer = row->call(&x);
    seen.after = env_state((IBackgroundCopyJob *)staged->job);
    seen.is_modified_now = is_modified_now(staged->job);
    job_picture_take(staged->job, &after);
    seen.difference = job_picture_difference(&before, &after);
    *wrong += check_cell(row, staged->stage, cell, &seen);
    end_call(&x);
    return !seen.difference;
}

static bool has_subject(const struct row *row, enum stage stage)
{
    bool is_of_a_file = strstr(row->face, "File") != NULL;
    bool has_subject = !(is_of_a_file && stage == STAGE_EMPTY);
    const struct cell *cell = cell_of(row, stage);
    if (has_subject == (cell->outcome == NOT_THERE))
        fail_msg("%s::%s in %s cannot be %s", row->face, row->method, stage_name(stage), cell->name);
    return has_subject;
}

/* A job that a call left as it was serves for the next row, too. */
static void run_column(enum stage stage)
{
    stage_open();
    IBackgroundCopyManager *manager = env_manager();
    struct staged_job staged = {0};
    unsigned wrong = 0;
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        if (!has_subject(&rows[i], stage))
            continue;
        if (!staged.job)
            stage_job(manager, stage, &staged);
        if (!run_cell(&rows[i], &staged, &wrong)) {
            stage_drop(&staged);
            staged.job = NULL;
        }
    }
    if (staged.job)
        stage_drop(&staged);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    stage_close();
    assert_int_equal(wrong, 0);
}

#define COLUMN(name, stage)                                                                                            \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        run_column(stage);                                                                                             \
    }

COLUMN(suspended_without_files, STAGE_EMPTY)
COLUMN(suspended, STAGE_SUSPENDED)
COLUMN(queued, STAGE_QUEUED)
COLUMN(transferring, STAGE_TRANSFERRING)
COLUMN(transient_error, STAGE_TRANSIENT_ERROR)
COLUMN(error, STAGE_ERROR)
COLUMN(transferred, STAGE_TRANSFERRED)
COLUMN(acknowledged, STAGE_ACKNOWLEDGED)
COLUMN(cancelled, STAGE_CANCELLED)
COLUMN(complete_under_way, STAGE_COMPLETING)
COLUMN(complete_under_way_in_the_middle, STAGE_COMPLETING_PART)

/* ---- That nothing is left out ---- */

static size_t methods_of(const char *face)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        bool is_new = strcmp(rows[i].face, face) == 0;
        for (size_t k = 0; k < i && is_new; k++)
            is_new = strcmp(rows[k].face, face) != 0 || strcmp(rows[k].method, rows[i].method) != 0;
        count += is_new;
    }
    return count;
}

#define ASSERT_COMPLETE(face)                                                                                          \
    assert_int_equal(methods_of(#face), sizeof(face##Vtbl) / sizeof(void *) - 3 /* IUnknown's */)

static void every_method_has_a_row(void **state)
{
    (void)state;
    ASSERT_COMPLETE(IBackgroundCopyJob5);
    ASSERT_COMPLETE(IBackgroundCopyJobHttpOptions);
    ASSERT_COMPLETE(IDeliveryOptimizationJob);
    ASSERT_COMPLETE(IDeliveryOptimizationJob2);
    ASSERT_COMPLETE(IBackgroundCopyFile5);
    ASSERT_COMPLETE(IDeliveryOptimizationFile);
    ASSERT_COMPLETE(IDeliveryOptimizationFile2);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_has_a_row),
        ENV_TEST(suspended_without_files),
        ENV_TEST(suspended),
        ENV_TEST(queued),
        ENV_TEST(transferring),
        ENV_TEST(transient_error),
        ENV_TEST(error),
        ENV_TEST(transferred),
        ENV_TEST(acknowledged),
        ENV_TEST(cancelled),
        ENV_TEST(complete_under_way),
        ENV_TEST(complete_under_way_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
