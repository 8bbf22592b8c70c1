/* The classic API's words for states and contexts, and its sentences for error codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bits_status.h"
#include "error_description.h"

#include "bits_error.h"
#include "deliveryoptimizationerrors.h"

#include <objbase.h>
#include <wchar.h>

/* The numbers are those of the pages "BG_JOB_STATE" and "BG_ERROR_CONTEXT". */
static void states_have_the_documented_numbers(void **state)
{
    (void)state;
    assert_int_equal(bits_job_state(JOB_QUEUED), 0);
    assert_int_equal(bits_job_state(JOB_TRANSFERRING), 2);
    assert_int_equal(bits_job_state(JOB_SUSPENDED), 3);
    assert_int_equal(bits_job_state(JOB_ERROR), 4);
    assert_int_equal(bits_job_state(JOB_TRANSIENT_ERROR), 5);
    assert_int_equal(bits_job_state(JOB_TRANSFERRED), 6);
    assert_int_equal(bits_job_state(JOB_ACKNOWLEDGED), 7);
    assert_int_equal(bits_job_state(JOB_CANCELLED), 8);
}

static void contexts_have_the_documented_numbers(void **state)
{
    (void)state;
    assert_int_equal(bits_error_context(JOB_ERROR_CONTEXT_NONE), 0);
    assert_int_equal(bits_error_context(JOB_ERROR_CONTEXT_LOCAL_FILE), 4);
    assert_int_equal(bits_error_context(JOB_ERROR_CONTEXT_REMOTE_FILE), 5);
    assert_int_equal(bits_error_context(JOB_ERROR_CONTEXT_TRANSPORT), 6);
}

static void contexts_have_sentences_of_their_own(void **state)
{
    (void)state;
    for (int a = JOB_ERROR_CONTEXT_NONE; a <= JOB_ERROR_CONTEXT_TRANSPORT; a++) {
        assert_true(wcslen(bits_error_context_text((enum job_error_context)a)) > 10);
        for (int b = JOB_ERROR_CONTEXT_NONE; b < a; b++)
            assert_int_not_equal(wcscmp(bits_error_context_text((enum job_error_context)a),
                                        bits_error_context_text((enum job_error_context)b)),
                                 0);
    }
}

static void assert_described(HRESULT code, DWORD language)
{
    LPWSTR text = NULL;
    assert_int_equal(error_description(code, language, &text), S_OK);
    assert_non_null(text);
    size_t length = wcslen(text);
    assert_true(length > 3);
    assert_true(text[length - 1] > L' '); /* no line break at the end */
    CoTaskMemFree(text);
}

static void codes_of_every_kind_are_described(void **state)
{
    (void)state;
    const DWORD english = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
    assert_described(DO_E_INVALID_STATE, english);
    assert_described(BG_E_PROTOCOL_NOT_AVAILABLE, english);
    assert_described((HRESULT)0x80190194, english); /* HTTP 404 */
    assert_described((HRESULT)0x80072EE7, english); /* name not resolved */
    assert_described(E_ACCESSDENIED, english);
    assert_described(HRESULT_FROM_WIN32(ERROR_DISK_FULL), english);
    assert_described(E_NOTIMPL, 0);
    /* There are no other languages of ours: the sentence is there in English. */
    assert_described(DO_E_INVALID_STATE, MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN));
}

static void a_code_that_nobody_knows_has_no_sentence(void **state)
{
    (void)state;
    static WCHAR garbage[] = L"garbage";
    LPWSTR text = garbage;
    /* HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND) */
    assert_int_equal(error_description((HRESULT)0x80D0FFF0, 0x409, &text), (HRESULT)0x80070717);
    assert_null(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_the_documented_numbers),
        cmocka_unit_test(contexts_have_the_documented_numbers),
        cmocka_unit_test(contexts_have_sentences_of_their_own),
        cmocka_unit_test(codes_of_every_kind_are_described),
        cmocka_unit_test(a_code_that_nobody_knows_has_no_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
