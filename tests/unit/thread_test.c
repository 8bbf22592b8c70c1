/* What all of our threads begin with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>

#include <cmocka.h>

#include "thread.h"

static void read_error_mode(void *context)
{
    *(DWORD *)context = GetThreadErrorMode();
}

/* Windows would ask the user to put the disk back, and the call would wait for the answer. */
static void a_disk_that_is_not_there_is_a_failure_and_no_question(void **state)
{
    (void)state;
    DWORD mode = 0;
    struct thread *thread;
    assert_int_equal(thread_start(u"test", read_error_mode, &mode, &thread), S_OK);
    thread_join(thread);
    assert_true(mode & SEM_FAILCRITICALERRORS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_disk_that_is_not_there_is_a_failure_and_no_question)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
