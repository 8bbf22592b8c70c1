/* Properties of jobs and files in the engine: all or none, durable, and in which states they can be set. */
#include "engine_fixture.h"

#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "memory.h"
#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct engine_fixture fx;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

static HRESULT set_number(struct job *job, enum property_id id, uint32_t number)
{
    struct property_value value = property_of_bytes(id, &number, sizeof number);
    return job_set_properties(job, &value, 1);
}

static void assert_property_text(struct job *job, enum property_id id, const char16_t *expected)
{
    char16_t *text = (char16_t *)u"";
    assert_int_equal(job_text(job, id, &text), expected ? S_OK : S_FALSE);
    assert_true(expected ? utf16_equal(text, expected) : !text);
    mem_free(text);
}

static void a_job_has_the_presets_until_they_are_set(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    assert_int_equal(job_number(job, PROPERTY_MINIMUM_RETRY_DELAY), 600);
    assert_property_text(job, PROPERTY_PROXY_LIST, NULL);
    assert_int_equal(set_number(job, PROPERTY_MINIMUM_RETRY_DELAY, 60), S_OK);
    assert_int_equal(job_number(job, PROPERTY_MINIMUM_RETRY_DELAY), 60);
    struct property_value removed = property_removed(PROPERTY_MINIMUM_RETRY_DELAY);
    assert_int_equal(job_set_properties(job, &removed, 1), S_OK);
    assert_int_equal(job_number(job, PROPERTY_MINIMUM_RETRY_DELAY), 600);
    job_release(job);
}

static void all_values_are_taken_or_none(void **context)
{
    (void)context;
    uint32_t usage = 2, unknown = 4;
    struct job *job = fixture_job(&fx);
    struct property_value values[] = {property_of_text(PROPERTY_PROXY_LIST, u"proxy:80"),
                                      property_of_bytes(PROPERTY_PROXY_USAGE, &unknown, sizeof unknown)};
    assert_int_equal(job_set_properties(job, values, 2), E_NOTIMPL);
    assert_property_text(job, PROPERTY_PROXY_LIST, NULL);
    values[1] = property_of_bytes(PROPERTY_PROXY_USAGE, &usage, sizeof usage);
    assert_int_equal(job_set_properties(job, values, 2), S_OK);
    assert_property_text(job, PROPERTY_PROXY_LIST, u"proxy:80");
    assert_int_equal(job_number(job, PROPERTY_PROXY_USAGE), 2);
    job_release(job);
}

static void the_next_host_finds_them(void **context)
{
    (void)context;
    static const uint8_t clsid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    uint8_t id[16];
    struct memory_resource *resource = memory_http_add(&fx.http, u"a", 10, 1);
    struct job *job = fixture_job(&fx);
    struct property_value values[] = {property_of_text(PROPERTY_PROXY_LIST, u"proxy:80 \x00E4"),
                                      property_of_text(PROPERTY_PROXY_BYPASS, u""),
                                      property_of_bytes(PROPERTY_NOTIFICATION_CLSID, clsid, 16)};
    struct property_value checked[] = {property_of_bytes(PROPERTY_INTEGRITY_CHECK_MANDATORY, "\1", 1),
                                       property_of_bytes(PROPERTY_SINK_IS_STREAM, "\1", 1)};
    fixture_add(&fx, job, resource, u"a");
    fixture_add(&fx, job, resource, u"b");
    assert_int_equal(job_set_properties(job, values, 3), S_OK);
    assert_int_equal(job_file_set_properties(job_file_at(job, 1), checked, 2), S_OK);
    assert_int_equal(job_file_number(job_file_at(job, 1), PROPERTY_SINK_IS_STREAM), 1);
    job_id(job, id);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_property_text(job, PROPERTY_PROXY_LIST, u"proxy:80 \x00E4");
    assert_property_text(job, PROPERTY_PROXY_BYPASS, u"");
    void *bytes;
    size_t size;
    assert_int_equal(job_bytes_of(job, PROPERTY_NOTIFICATION_CLSID, &bytes, &size), S_OK);
    assert_int_equal(size, 16);
    assert_memory_equal(bytes, clsid, 16);
    mem_free(bytes);
    assert_int_equal(job_file_number(job_file_at(job, 0), PROPERTY_INTEGRITY_CHECK_MANDATORY), 0);
    assert_int_equal(job_file_number(job_file_at(job, 1), PROPERTY_INTEGRITY_CHECK_MANDATORY), 1);
    assert_int_equal(job_file_number(job_file_at(job, 1), PROPERTY_SINK_IS_STREAM), 0); /* not stored */
    job_release(job);
}

static void a_job_that_is_over_takes_no_values(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a", 10, 1), u"a");
    assert_int_equal(set_number(job, PROPERTY_MINIMUM_RETRY_DELAY, 60), S_OK);
    assert_int_equal(job_cancel(job), S_OK);
    assert_int_equal(set_number(job, PROPERTY_MINIMUM_RETRY_DELAY, 61), DO_E_INVALID_STATE);
    assert_int_equal(set_number(job, PROPERTY_PROXY_USAGE, 9), E_NOTIMPL);
    struct property_value value = property_of_bytes(PROPERTY_VALIDATION_STATE, "\1", 1);
    assert_int_equal(job_file_set_properties(job_file_at(job, 0), &value, 1), DO_E_INVALID_STATE);
    assert_int_equal(job_number(job, PROPERTY_MINIMUM_RETRY_DELAY), 60); /* getters still answer */
    job_release(job);
}

static void setting_moves_the_modification_time(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    uint64_t before = job_times(job).modification;
    fake_clock_advance(&fx.clock, 1000);
    assert_int_equal(set_number(job, PROPERTY_MINIMUM_RETRY_DELAY, 60), S_OK);
    assert_int_equal(job_times(job).modification, before + 10000000);
    job_release(job);
}

#define FIXTURE_TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_has_the_presets_until_they_are_set),
        FIXTURE_TEST(all_values_are_taken_or_none),
        FIXTURE_TEST(the_next_host_finds_them),
        FIXTURE_TEST(a_job_that_is_over_takes_no_values),
        FIXTURE_TEST(setting_moves_the_modification_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
