/* What the tests of the queue file share: directories, rows, a loader that remembers what it was given, and the file
 * from the outside. Everything fails the running test by itself. */
#ifndef DOSVC_TESTS_QUEUE_SUPPORT_H
#define DOSVC_TESTS_QUEUE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "property.h"
#include "queue_store.h"

#define QUEUE_PATH_ROOM 400

#define assert_hresult(expression, expected)                                                                           \
    assert_hresult_at((expression), (expected), #expression, __FILE__, __LINE__)
#define assert_ok(expression) assert_hresult(expression, S_OK)
void assert_hresult_at(HRESULT actual, HRESULT expected, const char *expression, const char *file, int line);
#define assert_text(actual, expected) assert_text_at((actual), (expected), __FILE__, __LINE__)
void assert_text_at(const char16_t *actual, const char16_t *expected, const char *file, int line);

/* ---- Directories and files ---- */

/* An empty directory `name` inside the current one, as a full path that is valid until the next call but 31. */
const char16_t *queue_test_directory(const char16_t *name);
/* `directory`\`name`, valid until the next call but 31; emptying a directory makes one call a file. */
const char16_t *queue_test_path(const char16_t *directory, const char16_t *name);
bool queue_test_exists(const char16_t *directory, const char16_t *name);
/* Returns new (mem_free). */
uint8_t *queue_test_read(const char16_t *path, size_t *size);
void queue_test_write(const char16_t *path, const void *bytes, size_t size);
/* Changes bytes of a file that may be open elsewhere. */
void queue_test_overwrite(const char16_t *path, size_t offset, const void *bytes, size_t size);
void queue_test_copy(const char16_t *from, const char16_t *to);
/* How many files there are of a pattern with `*`; the name of the last one found. */
size_t queue_test_count(const char16_t *directory, const char16_t *pattern, char16_t name[QUEUE_PATH_ROOM]);

/* Any SQL, with all of SQLite's own protections off. For a file that no store has open. */
void queue_test_sql(const char16_t *directory, const char16_t *file, const char *sql);
/* The same, and `then` before the database is closed, while its log is still there. */
void queue_test_sql_then(const char16_t *directory, const char16_t *file, const char *sql,
                         void (*then)(const char16_t *directory, void *context), void *context);
int64_t queue_test_number(const char16_t *directory, const char16_t *file, const char *sql);

/* ---- Rows ---- */

/* Ordinary rows: the job's id is 16 times `number`, its name says the number; a file's URL and local name say both.
 * Texts are valid until the next call but 31. */
struct job_row queue_test_job(uint8_t number);
/* The row of a job that has lost files or settings. */
struct job_row queue_test_incomplete_job(uint8_t number);
struct file_row queue_test_file(uint8_t job, uint32_t number);
struct file_progress_row queue_test_progress(uint8_t job, uint32_t number, const struct range_set *have);

/* With S_OK. */
struct queue_store *queue_test_open(const char16_t *directory);

/* One transaction each. */
void queue_test_add_job(struct queue_store *store, const struct job_row *row);
void queue_test_add_file(struct queue_store *store, const struct file_row *row);
void queue_test_put_progress(struct queue_store *store, const struct file_progress_row *row);
/* Of job `job` itself, or of a file of it. */
struct property_row queue_test_property(uint8_t job, uint32_t file, uint32_t id, const void *value, size_t size);
void queue_test_put_property(struct queue_store *store, const struct property_row *row);
/* A job with so many ordinary files, in one transaction. */
void queue_test_add_job_with_files(struct queue_store *store, uint8_t job, uint32_t files);

void assert_job_equal(const struct job_row *actual, const struct job_row *expected);
void assert_file_equal(const struct file_row *actual, const struct file_row *expected);
void assert_progress_equal(const struct file_progress_row *actual, const struct file_progress_row *expected);
void assert_property_equal(const struct property_row *actual, const struct property_row *expected);

/* ---- What was loaded ---- */

struct queue_recording {
    struct recorded_file {
        struct file_row row;
        bool has_progress;
        struct file_progress_row progress;
        struct range_set have;
    } * files;
    size_t file_count, file_capacity;
    struct job_row *jobs;
    size_t job_count, job_capacity;
    bool is_incomplete[256]; /* by the number of a job: the loader was told */
    struct property_row *properties;
    size_t property_count, property_capacity;
};

/* The job's row says that something was lost, or the loader was told. */
bool queue_recording_is_loss_told(const struct queue_recording *recording, size_t job);
/* Every job is as it was written, or says that something was lost. */
void queue_recording_assert_jobs(const struct queue_recording *recording);
/* Loads with S_OK. */
void queue_test_load(struct queue_store *store, struct queue_recording *recording);
/* Opens with `expected`, loads, closes. */
void queue_test_open_and_load(const char16_t *directory, HRESULT expected, struct queue_recording *recording);
void queue_recording_clear(struct queue_recording *recording);
struct queue_loader queue_recording_loader(struct queue_recording *recording);

#endif
