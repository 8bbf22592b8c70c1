/* The identity of every object: which interfaces it answers, that QueryInterface is symmetric, transitive and steady, that nothing is left open in its
 * vtables, and what every object answers beside its own interfaces. */
#include "test_environment.h"

#include "thread.h"

#include <objidl.h>
#include <string.h>

/* ---- The objects, and the documented rows of each ---- */

static IUnknown *make_factory(void)
{
    return (IUnknown *)env_factory();
}

static IUnknown *make_manager(void)
{
    return (IUnknown *)env_manager();
}

static IUnknown *make_job(void)
{
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IBackgroundCopyManager_Release(manager);
    return (IUnknown *)job;
}

static IUnknown *make_file_enumerator(void)
{
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IEnumBackgroundCopyFiles *files = NULL;
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    return (IUnknown *)files;
}

static IUnknown *make_file(void)
{
    IEnumBackgroundCopyFiles *files = (IEnumBackgroundCopyFiles *)make_file_enumerator();
    IBackgroundCopyFile *file = NULL;
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    IEnumBackgroundCopyFiles_Release(files);
    return (IUnknown *)file;
}

static IUnknown *make_job_enumerator(void)
{
    IBackgroundCopyManager *manager = env_manager();
    IEnumBackgroundCopyJobs *jobs = NULL;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    IBackgroundCopyManager_Release(manager);
    return (IUnknown *)jobs;
}

static IUnknown *make_error(void)
{
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *error = NULL;
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    return (IUnknown *)error;
}

#define MAX_ROWS    16
#define SLOTS(face) (sizeof(face##Vtbl) / sizeof(void *))

struct row {
    const IID *iid;
    size_t slots;
};
#define ROW(face)                                                                                                      \
    {                                                                                                                  \
        &IID_##face, SLOTS(face)                                                                                       \
    }
#define EVERY_OBJECT ROW(IUnknown), ROW(IClientSecurity), ROW(IMarshal)

static const struct kind {
    const char *name;
    IUnknown *(*make)(void);
    struct row rows[MAX_ROWS];
} kinds[] = {
    {"factory", make_factory, {EVERY_OBJECT, ROW(IClassFactory)}},
    {"manager", make_manager, {EVERY_OBJECT, ROW(IBackgroundCopyManager)}},
    {"job",
     make_job,
     {EVERY_OBJECT, ROW(IBackgroundCopyJob), ROW(IBackgroundCopyJob2), ROW(IBackgroundCopyJob3),
      ROW(IBackgroundCopyJob4), ROW(IBackgroundCopyJob5), ROW(IBackgroundCopyJobHttpOptions),
      ROW(IDeliveryOptimizationJob), ROW(IDeliveryOptimizationJob2)}},
    {"file",
     make_file,
     {EVERY_OBJECT, ROW(IBackgroundCopyFile), ROW(IBackgroundCopyFile2), ROW(IBackgroundCopyFile3),
      ROW(IBackgroundCopyFile4), ROW(IBackgroundCopyFile5), ROW(IDeliveryOptimizationFile),
      ROW(IDeliveryOptimizationFile2)}},
    {"error", make_error, {EVERY_OBJECT, ROW(IBackgroundCopyError)}},
    {"job enumerator", make_job_enumerator, {EVERY_OBJECT, ROW(IEnumBackgroundCopyJobs)}},
    {"file enumerator", make_file_enumerator, {EVERY_OBJECT, ROW(IEnumBackgroundCopyFiles)}},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static size_t row_count(const struct kind *kind)
{
    size_t count = 0;
    while (count < MAX_ROWS && kind->rows[count].iid)
        count++;
    return count;
}

/* Every interface that any object could be asked for. */
static const IID *const all_interfaces[] = {
    &IID_IClassFactory,
    &IID_IBackgroundCopyManager,
    &IID_IBackgroundCopyJob,
    &IID_IBackgroundCopyJob2,
    &IID_IBackgroundCopyJob3,
    &IID_IBackgroundCopyJob4,
    &IID_IBackgroundCopyJob5,
    &IID_IBackgroundCopyJobHttpOptions,
    &IID_IDeliveryOptimizationJob,
    &IID_IDeliveryOptimizationJob2,
    &IID_IBackgroundCopyFile,
    &IID_IBackgroundCopyFile2,
    &IID_IBackgroundCopyFile3,
    &IID_IBackgroundCopyFile4,
    &IID_IBackgroundCopyFile5,
    &IID_IDeliveryOptimizationFile,
    &IID_IDeliveryOptimizationFile2,
    &IID_IBackgroundCopyError,
    &IID_IEnumBackgroundCopyJobs,
    &IID_IEnumBackgroundCopyFiles,
    &IID_IBackgroundCopyCallback,
    &IID_IBackgroundCopyCallback2,
    &IID_IDOManager,
    &IID_IDODownload,
    &IID_IDODownloadStatusCallback,
    &IID_IDispatch,
};

/* Runs `check` with one object of each kind, and sees that it gave back all references. */
static void with_each_object(void (*check)(const struct kind *kind, IUnknown *object))
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        memory_http_init(&env.http);
        IUnknown *object = kinds[i].make();
        check(&kinds[i], object);
        ULONG left = IUnknown_Release(object);
        if (left != 0)
            fail_msg("%s: %lu references left", kinds[i].name, left);
        env_stop();
        temp_dir_remove(&env.dir);
        temp_dir_make(&env.dir);
        temp_dir_path(&env.dir, L"queue", env.queue_dir);
    }
}

static IUnknown *query(IUnknown *object, const IID *iid, const char *name, size_t row)
{
    IUnknown *result = NULL;
    HRESULT hr = IUnknown_QueryInterface(object, iid, (void **)&result);
    if (hr != S_OK || !result)
        fail_msg("%s: row %zu: %08lX", name, row, (unsigned long)hr);
    return result;
}

static void check_rows(const struct kind *kind, IUnknown *object)
{
    size_t count = row_count(kind);
    IUnknown *faces[MAX_ROWS];
    for (size_t i = 0; i < count; i++)
        faces[i] = query(object, kind->rows[i].iid, kind->name, i);
    /* From every face to every other: always the same pointers, the identity (row 0) among them. */
    for (size_t from = 0; from < count; from++) {
        for (size_t to = 0; to < count; to++) {
            IUnknown *again = query(faces[from], kind->rows[to].iid, kind->name, to);
            if (again != faces[to])
                fail_msg("%s: from row %zu to row %zu leads elsewhere", kind->name, from, to);
            IUnknown_Release(again);
        }
    }
    for (size_t i = 0; i < count; i++)
        IUnknown_Release(faces[i]);
}

static void every_face_leads_to_every_other(void **state)
{
    (void)state;
    with_each_object(check_rows);
}

static void check_others(const struct kind *kind, IUnknown *object)
{
    for (size_t i = 0; i < sizeof(all_interfaces) / sizeof(all_interfaces[0]); i++) {
        bool is_row = false;
        for (size_t row = 0; row < row_count(kind); row++)
            is_row = is_row || IsEqualIID(all_interfaces[i], kind->rows[row].iid);
        void *result = &result;
        HRESULT hr = IUnknown_QueryInterface(object, all_interfaces[i], &result);
        if (is_row) {
            assert_hr(hr, S_OK);
            IUnknown_Release((IUnknown *)result);
        } else if (hr != E_NOINTERFACE || result) {
            fail_msg("%s: interface %zu: %08lX", kind->name, i, (unsigned long)hr);
        }
    }
}

static void no_object_answers_what_is_not_its_own(void **state)
{
    (void)state;
    with_each_object(check_others);
}

static void check_bad_arguments(const struct kind *kind, IUnknown *object)
{
    (void)kind;
    void *result = &result;
    assert_hr(IUnknown_QueryInterface(object, &IID_IUnknown, NULL), E_POINTER);
    assert_hr(IUnknown_QueryInterface(object, NULL, &result), E_INVALIDARG);
    assert_null(result);
}

static void query_interface_checks_its_arguments(void **state)
{
    (void)state;
    with_each_object(check_bad_arguments);
}

static void check_slots(const struct kind *kind, IUnknown *object)
{
    for (size_t row = 0; row < row_count(kind); row++) {
        IUnknown *face = query(object, kind->rows[row].iid, kind->name, row);
        void *const *slots = (void *const *)(const void *)face->lpVtbl;
        for (size_t slot = 0; slot < kind->rows[row].slots; slot++) {
            if (!slots[slot])
                fail_msg("%s: row %zu: slot %zu is empty", kind->name, row, slot);
        }
        IUnknown_Release(face);
    }
}

static void no_slot_is_empty(void **state)
{
    (void)state;
    with_each_object(check_slots);
}

static void check_counts(const struct kind *kind, IUnknown *object)
{
    for (size_t row = 0; row < row_count(kind); row++) {
        if (IsEqualIID(kind->rows[row].iid, &IID_IMarshal))
            continue; /* the system's own part of the object */
        IUnknown *face = query(object, kind->rows[row].iid, kind->name, row);
        assert_int_equal(IUnknown_AddRef(face), 3); /* one count for all faces */
        assert_int_equal(IUnknown_AddRef(object), 4);
        assert_int_equal(IUnknown_Release(face), 3);
        assert_int_equal(IUnknown_Release(object), 2);
        assert_int_equal(IUnknown_Release(face), 1);
    }
}

static void all_faces_share_one_count(void **state)
{
    (void)state;
    with_each_object(check_counts);
}

/* ---- What every object answers ---- */

static void check_blanket(const struct kind *kind, IUnknown *object)
{
    for (size_t row = 0; row < row_count(kind); row++) {
        if (IsEqualIID(kind->rows[row].iid, &IID_IMarshal))
            continue;
        IUnknown *face = query(object, kind->rows[row].iid, kind->name, row);
        DWORD authentication = 1, authorization = 1, level = 99, impersonation = 99, capabilities = 0;
        OLECHAR *principal = (OLECHAR *)face;
        void *identity = face;
        IUnknown *copy = NULL;
        assert_hr(CoSetProxyBlanket(face, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                                    RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING),
                  S_OK);
        assert_hr(CoQueryProxyBlanket(face, &authentication, &authorization, &principal, &level, &impersonation,
                                      &identity, &capabilities),
                  S_OK);
        assert_int_equal(authentication, RPC_C_AUTHN_DEFAULT);
        assert_int_equal(authorization, RPC_C_AUTHZ_DEFAULT);
        assert_int_equal(level, RPC_C_AUTHN_LEVEL_DEFAULT);
        assert_int_equal(impersonation, RPC_C_IMP_LEVEL_DEFAULT);
        assert_int_equal(capabilities, EOAC_DEFAULT);
        assert_null(principal);
        assert_null(identity);
        assert_hr(CoQueryProxyBlanket(face, NULL, NULL, NULL, NULL, NULL, NULL, NULL), S_OK);
        assert_hr(CoCopyProxy(face, &copy), S_OK);
        assert_ptr_equal(copy, face);
        assert_int_equal(IUnknown_Release(copy), 2);
        IUnknown_Release(face);
    }
}

static void a_proxy_blanket_can_be_set_on_every_pointer(void **state)
{
    (void)state;
    with_each_object(check_blanket);
}

static void check_null_proxy(const struct kind *kind, IUnknown *object)
{
    (void)kind;
    IClientSecurity *security = NULL;
    IUnknown *copy = object;
    assert_hr(IUnknown_QueryInterface(object, &IID_IClientSecurity, (void **)&security), S_OK);
    assert_hr(IClientSecurity_SetBlanket(security, NULL, 0, 0, NULL, 0, 0, NULL, 0), E_INVALIDARG);
    assert_hr(IClientSecurity_QueryBlanket(security, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), E_INVALIDARG);
    assert_hr(IClientSecurity_CopyProxy(security, object, NULL), E_INVALIDARG);
    assert_hr(IClientSecurity_CopyProxy(security, NULL, &copy), E_INVALIDARG);
    assert_null(copy);
    IClientSecurity_Release(security);
}

static void a_blanket_needs_a_pointer(void **state)
{
    (void)state;
    with_each_object(check_null_proxy);
}

struct handover {
    IStream *stream;
    IUnknown *arrived;
    HRESULT result;
};

static void take_in_another_apartment(void *context)
{
    struct handover *handover = context;
    handover->result = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (FAILED(handover->result))
        return;
    handover->result = CoGetInterfaceAndReleaseStream(handover->stream, &IID_IUnknown, (void **)&handover->arrived);
    CoUninitialize();
}

static void check_apartments(const struct kind *kind, IUnknown *object)
{
    struct handover handover = {0};
    struct thread *thread;
    assert_hr(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, object, &handover.stream), S_OK);
    assert_hr(thread_start(u"apartment", take_in_another_apartment, &handover, &thread), S_OK);
    thread_join(thread);
    assert_hr(handover.result, S_OK);
    IUnknown *identity = query(object, &IID_IUnknown, kind->name, 0);
    assert_ptr_equal(handover.arrived, identity); /* the object itself, no proxy */
    IUnknown_Release(identity);
    IUnknown_Release(handover.arrived);
}

static void every_apartment_gets_the_object_itself(void **state)
{
    (void)state;
    with_each_object(check_apartments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(every_face_leads_to_every_other),
        ENV_TEST(no_object_answers_what_is_not_its_own),
        ENV_TEST(query_interface_checks_its_arguments),
        ENV_TEST(no_slot_is_empty),
        ENV_TEST(all_faces_share_one_count),
        ENV_TEST(a_proxy_blanket_can_be_set_on_every_pointer),
        ENV_TEST(a_blanket_needs_a_pointer),
        ENV_TEST(every_apartment_gets_the_object_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
