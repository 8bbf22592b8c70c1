/* What a client may set about a job beyond its name: the limits of each setter, what the getters answer before and after, and that the next host finds it. */
#include "one_job.h"

#include <string.h>
#include <wchar.h>

/* ---- Numbers ---- */

#define JOB_PROPERTY(name, id, member, type)                                                                           \
    static HRESULT set_##name(ULONG value)                                                                             \
    {                                                                                                                  \
        BITS_JOB_PROPERTY_VALUE given = {.member = (type)value};                                                       \
        return IBackgroundCopyJob5_SetProperty(one.job5, id, given);                                                   \
    }                                                                                                                  \
    static HRESULT get_##name(ULONG *value)                                                                            \
    {                                                                                                                  \
        BITS_JOB_PROPERTY_VALUE got;                                                                                   \
        HRESULT hr = IBackgroundCopyJob5_GetProperty(one.job5, id, &got);                                              \
        *value = (ULONG)got.member;                                                                                    \
        return hr;                                                                                                     \
    }
JOB_PROPERTY(cost, BITS_JOB_PROPERTY_ID_COST_FLAGS, Dword, DWORD)
JOB_PROPERTY(interval, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, Dword, DWORD)
JOB_PROPERTY(stored_credentials, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, Target, BG_AUTH_TARGET)

#define JOB_NUMBER(name)                                                                                               \
    static HRESULT set_##name(ULONG value)                                                                             \
    {                                                                                                                  \
        return IBackgroundCopyJob5_Set##name(one.job5, value);                                                         \
    }                                                                                                                  \
    static HRESULT get_##name(ULONG *value)                                                                            \
    {                                                                                                                  \
        return IBackgroundCopyJob5_Get##name(one.job5, value);                                                         \
    }
JOB_NUMBER(MinimumRetryDelay)
JOB_NUMBER(NoProgressTimeout)
JOB_NUMBER(FileACLFlags)
JOB_NUMBER(PeerCachingFlags)
JOB_NUMBER(MaximumDownloadTime)

static HRESULT set_SecurityFlags(ULONG value)
{
    return IBackgroundCopyJobHttpOptions_SetSecurityFlags(one.http, value);
}

static HRESULT get_SecurityFlags(ULONG *value)
{
    return IBackgroundCopyJobHttpOptions_GetSecurityFlags(one.http, value);
}

static const struct number_case {
    const char *name;
    HRESULT (*set)(ULONG value);
    HRESULT (*get)(ULONG *value);
    ULONG preset, given, taken; /* given is a value that is accepted, and becomes `taken` */
    ULONG refused;              /* 0: every value is accepted */
    HRESULT refusal;
} numbers[] = {
    {"MinimumRetryDelay", set_MinimumRetryDelay, get_MinimumRetryDelay, 600, 4, 5, 0, S_OK},
    {"MinimumRetryDelay", set_MinimumRetryDelay, get_MinimumRetryDelay, 600, 0xFFFFFFFF, 0xFFFFFFFF, 0, S_OK},
    {"NoProgressTimeout", set_NoProgressTimeout, get_NoProgressTimeout, 86400, 0xFFFFFFFF, 0xFFFFFFFF, 0, S_OK},
    {"NoProgressTimeout", set_NoProgressTimeout, get_NoProgressTimeout, 86400, 0, 0, 0, S_OK},
    {"FileACLFlags", set_FileACLFlags, get_FileACLFlags, 0, 0xF, 0xF, 0x10, E_INVALIDARG},
    {"PeerCachingFlags", set_PeerCachingFlags, get_PeerCachingFlags, 0, 3, 3, 4, E_INVALIDARG},
    {"MaximumDownloadTime", set_MaximumDownloadTime, get_MaximumDownloadTime, 7776000, 1, 1, 0, S_OK},
    {"COST_FLAGS", set_cost, get_cost, 0x800000FF, 0x80000021, 0x80000021, 0x100, E_INVALIDARG},
    {"COST_FLAGS", set_cost, get_cost, 0x800000FF, 0x2, 0x2, 0x10000000, E_INVALIDARG},
    {"MINIMUM_NOTIFICATION_INTERVAL_MS", set_interval, get_interval, 500, 2000, 2000, 0, S_OK},
    {"USE_STORED_CREDENTIALS", set_stored_credentials, get_stored_credentials, 0, 2, 2, 3, E_INVALIDARG},
    {"SecurityFlags", set_SecurityFlags, get_SecurityFlags, 0, 0x1F, 0x1F, 0x20, E_NOTIMPL},
    {"SecurityFlags", set_SecurityFlags, get_SecurityFlags, 0, 0xA00, 0xA00, 0x300, E_NOTIMPL},
    {"SecurityFlags", set_SecurityFlags, get_SecurityFlags, 0, 0x100, 0x100, 0x400, E_NOTIMPL},
};

static void assert_number(const struct number_case *row, ULONG expected)
{
    ULONG value = ~expected;
    HRESULT hr = row->get(&value);
    if (hr != S_OK || value != expected)
        fail_msg("%s: %08lX, %lu, not %lu", row->name, (unsigned long)hr, value, expected);
}

static void assert_answer(const struct number_case *row, ULONG given, HRESULT expected)
{
    HRESULT hr = row->set(given);
    if (hr != expected)
        fail_msg("%s: %lu is answered with %08lX", row->name, given, (unsigned long)hr);
}

static void numbers_have_presets_and_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(numbers); i++) {
        if (i && strcmp(numbers[i].name, numbers[i - 1].name) != 0)
            assert_number(&numbers[i], numbers[i].preset);
        assert_answer(&numbers[i], numbers[i].given, S_OK);
        if (numbers[i].refused)
            assert_answer(&numbers[i], numbers[i].refused, numbers[i].refusal);
        assert_number(&numbers[i], numbers[i].taken);
    }
}

static void the_next_host_finds_the_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(numbers); i++)
        assert_answer(&numbers[i], numbers[i].given, S_OK);
    one_job_change_hosts();
    for (size_t i = 0; i < ARRAYSIZE(numbers); i++) {
        if (i + 1 == ARRAYSIZE(numbers) || strcmp(numbers[i].name, numbers[i + 1].name) != 0)
            assert_number(&numbers[i], numbers[i].taken); /* the last one set */
    }
}

static void a_job_that_is_over_refuses_them(void **state)
{
    (void)state;
    assert_hr(IBackgroundCopyJob_Cancel(one.job), S_OK);
    for (size_t i = 0; i < ARRAYSIZE(numbers); i++)
        assert_answer(&numbers[i], numbers[i].given, DO_E_INVALID_STATE);
}

static void the_no_progress_time_follows_the_priority_until_it_is_set(void **state)
{
    (void)state;
    const struct number_case *row = &numbers[2];
    assert_hr(IBackgroundCopyJob_SetPriority(one.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    assert_number(row, 3600);
    assert_hr(IBackgroundCopyJob_SetPriority(one.job, BG_JOB_PRIORITY_LOW), S_OK);
    assert_number(row, 86400);
    assert_answer(row, 77, S_OK);
    assert_hr(IBackgroundCopyJob_SetPriority(one.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    assert_number(row, 77);
}

static void acl_flags_come_too_late_for_a_transferred_job(void **state)
{
    (void)state;
    assert_hr(IBackgroundCopyJob_Resume(one.job), S_OK);
    env_await_state(one.job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob5_SetFileACLFlags(one.job5, 1), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Cancel(one.job), S_OK);
    assert_hr(IBackgroundCopyJob5_SetFileACLFlags(one.job5, 1), DO_E_INVALID_STATE);
}

static void the_owner_is_remembered_with_level_and_elevation(void **state)
{
    (void)state;
    ULONG level = 0;
    BOOL is_elevated = FALSE;
    env.caller.integrity_level = 0x2000;
    env.caller.is_elevated = false;
    one_job_change_hosts();
    assert_hr(IBackgroundCopyJob5_GetOwnerIntegrityLevel(one.job5, &level), S_OK);
    assert_int_equal(level, 0x3000);
    assert_hr(IBackgroundCopyJob5_GetOwnerElevationState(one.job5, &is_elevated), S_OK);
    assert_int_equal(is_elevated, TRUE);
}

/* ---- IBackgroundCopyJob5's properties of other types ---- */

static void properties_of_other_types_come_back(void **state)
{
    (void)state;
    static const BITS_JOB_PROPERTY_ID flags[] = {BITS_JOB_PROPERTY_DYNAMIC_CONTENT, BITS_JOB_PROPERTY_HIGH_PERFORMANCE,
                                                 BITS_JOB_PROPERTY_ON_DEMAND_MODE};
    BITS_JOB_PROPERTY_VALUE value;
    for (size_t i = 0; i < ARRAYSIZE(flags); i++) {
        assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, flags[i], &value), S_OK);
        assert_int_equal(value.Enable, FALSE);
        assert_hr(IBackgroundCopyJob5_SetProperty(one.job5, flags[i], (BITS_JOB_PROPERTY_VALUE){.Enable = 7}), S_OK);
    }
    assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, &value), S_OK);
    assert_true(value.Uint64 == UINT64_MAX);
    assert_hr(IBackgroundCopyJob5_SetProperty(one.job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE,
                                              (BITS_JOB_PROPERTY_VALUE){.Uint64 = 0x123456789A}),
              S_OK);
    one_job_change_hosts();
    for (size_t i = 0; i < ARRAYSIZE(flags); i++) {
        assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, flags[i], &value), S_OK);
        assert_int_equal(value.Enable, TRUE);
    }
    assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, &value), S_OK);
    assert_true(value.Uint64 == 0x123456789A);
}

static void a_notification_class_is_set_and_cleared(void **state)
{
    (void)state;
    BITS_JOB_PROPERTY_VALUE value, clsid = {.ClsID = CLSID_DeliveryOptimization};
    assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value), S_OK);
    assert_true(IsEqualGUID(&value.ClsID, &GUID_NULL));
    assert_hr(IBackgroundCopyJob5_SetProperty(one.job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, clsid), S_OK);
    one_job_change_hosts();
    assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value), S_OK);
    assert_true(IsEqualGUID(&value.ClsID, &CLSID_DeliveryOptimization));
    clsid.ClsID = GUID_NULL;
    assert_hr(IBackgroundCopyJob5_SetProperty(one.job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, clsid), S_OK);
    assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value), S_OK);
    assert_true(IsEqualGUID(&value.ClsID, &GUID_NULL));
}

static void unknown_properties_are_refused(void **state)
{
    (void)state;
    static const int ids[] = {0, 6, 8, 11, -1};
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 1};
    for (size_t i = 0; i < ARRAYSIZE(ids); i++) {
        assert_hr(IBackgroundCopyJob5_SetProperty(one.job5, (BITS_JOB_PROPERTY_ID)ids[i], value), E_INVALIDARG);
        assert_hr(IBackgroundCopyJob5_GetProperty(one.job5, (BITS_JOB_PROPERTY_ID)ids[i], &value), E_INVALIDARG);
    }
}

/* ---- IDeliveryOptimizationJob2 ---- */

static void the_extended_error_is_a_text(void **state)
{
    (void)state;
    IDeliveryOptimizationJob2 *job2;
    VARIANT value;
    IBackgroundCopyJob *failed = env_failed_job(one.manager);
    assert_hr(IBackgroundCopyJob_QueryInterface(one.job, &IID_IDeliveryOptimizationJob2, (void **)&job2), S_OK);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(value.vt, VT_BSTR);
    assert_int_equal(SysStringLen(value.bstrVal), 0);
    VariantClear(&value);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, NULL), E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, (DOJobPropertyId)1, &value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_int_equal(value.vt, VT_EMPTY);
    assert_hr(IDeliveryOptimizationJob2_SetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &value),
              DO_E_READ_ONLY_PROPERTY);
    assert_hr(IDeliveryOptimizationJob2_SetProperty(job2, (DOJobPropertyId)1, &value), DO_E_UNKNOWN_PROPERTY_ID);
    IDeliveryOptimizationJob2_Release(job2);
    assert_hr(IBackgroundCopyJob_QueryInterface(failed, &IID_IDeliveryOptimizationJob2, (void **)&job2), S_OK);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(wcsncmp(value.bstrVal, L"0x80190194, ", 12), 0);
    assert_true(SysStringLen(value.bstrVal) > 20);
    VariantClear(&value);
    IDeliveryOptimizationJob2_Release(job2);
    assert_hr(IBackgroundCopyJob_Cancel(failed), S_OK);
    IBackgroundCopyJob_Release(failed);
}

static void the_extended_error_tells_what_is_wrong_with_a_certificate(void **state)
{
    (void)state;
    IDeliveryOptimizationJob2 *job2;
    VARIANT value;
    WCHAR *description;
    IBackgroundCopyJob *job = env_job(one.manager);
    struct memory_resource *resource = memory_http_add(&env.http, u"expired", 1000, 1);
    resource->failure = DO_E_HTTP_CERT_VALIDATION;
    resource->cause = (HRESULT)0x80072F05; /* of ERROR_WINHTTP_SECURE_CERT_DATE_INVALID */
    env_add(job, resource, L"expired");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&job2), S_OK);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(wcsncmp(value.bstrVal, L"0x80D05002, by 0x80072F05, ", 27), 0);
    assert_hr(IBackgroundCopyManager_GetErrorDescription(one.manager, (HRESULT)0x80072F05, 0x409, &description), S_OK);
    assert_non_null(wcsstr(value.bstrVal, description));
    CoTaskMemFree(description);
    VariantClear(&value);
    IDeliveryOptimizationJob2_Release(job2);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE_JOB_TEST(numbers_have_presets_and_limits),
        ONE_JOB_TEST(the_next_host_finds_the_numbers),
        ONE_JOB_TEST(a_job_that_is_over_refuses_them),
        ONE_JOB_TEST(the_no_progress_time_follows_the_priority_until_it_is_set),
        ONE_JOB_TEST(acl_flags_come_too_late_for_a_transferred_job),
        ONE_JOB_TEST(the_owner_is_remembered_with_level_and_elevation),
        ONE_JOB_TEST(properties_of_other_types_come_back),
        ONE_JOB_TEST(a_notification_class_is_set_and_cleared),
        ONE_JOB_TEST(unknown_properties_are_refused),
        ONE_JOB_TEST(the_extended_error_is_a_text),
        ONE_JOB_TEST(the_extended_error_tells_what_is_wrong_with_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
