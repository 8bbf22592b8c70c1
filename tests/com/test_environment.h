/* The composition root of assembled tests, and what they share: all layers are the real ones and are entered through DllGetClassObject, but the clock
 * stands still, the network is in memory, the user is whoever the test says, and the queue lies in a directory of the test's own.
 *
 * env_open and env_close are a test's set-up and tear-down. env_close also proves that the test left nothing behind: no object, no block of memory. */
#ifndef TEST_ENVIRONMENT_H
#define TEST_ENVIRONMENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_clock.h"
#include "fake_process.h"
#include "fake_network.h"
#include "memory_http.h"
#include "module.h"
#include "temp_dir.h"

#include "bits_error.h"
#include "deliveryoptimization.h"
#include "deliveryoptimizationerrors.h"

#include <windows.h>
#include <objbase.h>

#define ENV_LIMIT_MS 30000u /* of real time: what has not happened by then never will */

struct test_environment {
    struct fake_clock clock;
    struct fake_network network;
    struct memory_http http;
    struct file_ops *file_ops; /* the system's, unless a test puts its own here */
    struct fake_processes processes;
    struct identity identity;
    struct caller caller; /* who all callers are */
    struct temp_dir dir;  /* the targets, and in it `queue` */
    WCHAR queue_dir[TEMP_PATH_MAX];
    bool allow_unc; /* the settings, for engines that start from now on */
    uint32_t download_mode;
    size_t blocks; /* of memory, before the test */
};

extern struct test_environment env;

int env_open(void **state);
int env_close(void **state);

#define ENV_TEST(function) cmocka_unit_test_setup_teardown(function, env_open, env_close)

/* Prints both codes in hexadecimal. */
#define assert_hr(expression, expected) assert_hr_at((expression), (expected), #expression, __FILE__, __LINE__)
void assert_hr_at(HRESULT actual, HRESULT expected, const char *expression, const char *file, int line);

/* Another interface of the object, not counted: it lives as long as the object does. */
void *env_face(void *object, const IID *iid);

/* ---- The class ---- */

IClassFactory *env_factory(void);          /* returns new */
IBackgroundCopyManager *env_manager(void); /* returns new; starts the engine */
/* Lets time pass until the engine has ended by itself; every object must have been released. */
void env_stop(void);

/* ---- Jobs; everything that is returned is new ---- */

IBackgroundCopyJob *env_job(IBackgroundCopyManager *manager);
/* `name`: of the file in the test's directory. */
void env_add(IBackgroundCopyJob *job, const struct memory_resource *resource, const WCHAR *name);
/* A job with one file of 1,000 bytes, "a" in the directory. */
IBackgroundCopyJob *env_job_with_file(IBackgroundCopyManager *manager);
/* A job whose one file, "gone", the server does not have: it is in ERROR with 0x80190194. */
IBackgroundCopyJob *env_failed_job(IBackgroundCopyManager *manager);
IBackgroundCopyFile *env_file(IBackgroundCopyJob *job, ULONG number);
BG_JOB_STATE env_state(IBackgroundCopyJob *job);
/* Within ENV_LIMIT_MS. */
void env_await_state(IBackgroundCopyJob *job, BG_JOB_STATE state);
void env_until(bool (*is_met)(void *context), void *context, const char *what);
/* The path of a name in the test's directory, valid until the next call. */
const WCHAR *env_path(const WCHAR *name);

void env_assert_file(const WCHAR *name, const struct memory_resource *resource);

/* Frees `text` (CoTaskMemFree), too. */
#define assert_text(text, expected) assert_text_at((text), (expected), __FILE__, __LINE__)
void assert_text_at(WCHAR *text, const WCHAR *expected, const char *file, int line);

#endif
