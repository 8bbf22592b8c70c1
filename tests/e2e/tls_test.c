/* HTTPS as a client of the registered DLL sees it. tls.sh starts the servers and runs this program; the current folder has their certificates and
 * what they serve. The private authority and the client's certificate are put into the stores of the Wine prefix. */
#include <winsock2.h>

#include "client.h"

#include <winhttp.h>
#include <wincrypt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CERTIFICATE     ((HRESULT)0x80D05002) /* DO_E_HTTP_CERT_VALIDATION */
#define REDIRECT_FAILED ((HRESULT)0x80072F7C) /* ERROR_WINHTTP_REDIRECT_FAILED */
#define FORBIDDEN       ((HRESULT)0x80190193) /* what the server answers without a client certificate */

#define ANY_FAULT                                                                                                      \
    (BG_SSL_IGNORE_CERT_CN_INVALID | BG_SSL_IGNORE_CERT_DATE_INVALID | BG_SSL_IGNORE_UNKNOWN_CA |                      \
     BG_SSL_IGNORE_CERT_WRONG_USAGE)

/* The order of tls.sh. */
enum server { GOOD, WRONG_NAME, EXPIRED, UNKNOWN_CA, WRONG_USAGE, WANTS_CERTIFICATE, REDIRECTS };

static IBackgroundCopyManager *manager;
static struct listener listener;
static unsigned first_port;
static BYTE client_hash[20];
static ULONG error_count; /* of the last job */

/* ---- The certificate stores ---- */

/* The whole of a file of the current folder. */
static DWORD read_file(const char *name, BYTE *bytes, DWORD capacity)
{
    FILE *file = fopen(name, "rb");
    if (!file)
        fail_msg("%s is not there", name);
    size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    assert_in_range(size, 1, capacity - 1);
    return (DWORD)size;
}

static void trust_authority(void)
{
    BYTE pem[8192], der[8192];
    DWORD size = sizeof(der);
    DWORD length = read_file("certificates/authority.pem", pem, sizeof(pem));
    assert_true(CryptStringToBinaryA((const char *)pem, length, CRYPT_STRING_BASE64HEADER, der, &size, NULL, NULL));
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, L"Root");
    assert_non_null(store);
    assert_true(CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, size, CERT_STORE_ADD_ALWAYS, NULL));
    assert_true(CertCloseStore(store, 0));
}

static void own_certificate(void)
{
    BYTE bytes[8192];
    CRYPT_DATA_BLOB blob = {read_file("certificates/client.pfx", bytes, sizeof(bytes)), bytes};
    HCERTSTORE file = PFXImportCertStore(&blob, L"test", CRYPT_EXPORTABLE | CRYPT_USER_KEYSET);
    assert_non_null(file);
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    assert_non_null(store);
    PCCERT_CONTEXT certificate = CertEnumCertificatesInStore(file, NULL);
    DWORD size = sizeof(client_hash);
    assert_non_null(certificate);
    assert_true(CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, client_hash, &size));
    assert_true(CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_ALWAYS, NULL));
    CertFreeCertificateContext(certificate);
    assert_true(CertCloseStore(store, 0));
    assert_true(CertCloseStore(file, 0));
}

static int open_all(void **context)
{
    (void)context;
    const char *port = getenv("DOSVC_TEST_TLS_PORT");
    if (!port)
        return -1;
    first_port = (unsigned)strtoul(port, NULL, 10);
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    trust_authority();
    own_certificate();
    listener_init(&listener);
    manager = client_open(COINIT_MULTITHREADED);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    client_close(manager);
    listener_destroy(&listener);
    return 0;
}

/* ---- Downloads ---- */

static IBackgroundCopyJobHttpOptions *http_options_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *options = NULL;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    return options;
}

static IBackgroundCopyJob *job_with(enum server server, const wchar_t *file)
{
    wchar_t url[128], path[MAX_PATH];
    IBackgroundCopyJob *job = client_job(manager, &listener);
    (void)swprintf(url, ARRAYSIZE(url), L"https://localhost:%u/%ls", first_port + server, file);
    client_path(L"arrived", path);
    assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
    return job;
}

/* A job with the server's file; the caller sets what it is about, then runs it. */
static IBackgroundCopyJob *job_of(enum server server)
{
    return job_with(server, L"file");
}

static void assert_arrived(void)
{
    enum { ROOM = 4000000 };
    wchar_t path[MAX_PATH];
    BYTE *served = malloc(ROOM), *arrived = malloc(ROOM);
    assert_true(served && arrived);
    client_path(L"arrived", path);
    FILE *file = _wfopen(path, L"rb");
    assert_non_null(file);
    size_t size = fread(arrived, 1, ROOM, file);
    fclose(file);
    assert_int_equal(size, read_file("served/file", served, ROOM));
    assert_memory_equal(arrived, served, size);
    free(served);
    free(arrived);
    assert_true(DeleteFileW(path));
}

/* Takes the job. S_OK: the right file came; else the job's error. */
static HRESULT outcome_of(IBackgroundCopyJob *job)
{
    LONG transferred = listener.transferred, failed = listener.failed;
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    while (listener.transferred == transferred && listener.failed == failed) {
        ULONGLONG now = GetTickCount64();
        assert_true(now < deadline);
        (void)WaitForSingleObject(listener.changed, (DWORD)(deadline - now));
    }
    HRESULT outcome = listener.failed != failed ? listener.error : S_OK;
    assert_hr(IBackgroundCopyJob_GetErrorCount(job, &error_count), S_OK);
    assert_hr(SUCCEEDED(outcome) ? IBackgroundCopyJob_Complete(job) : IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    if (SUCCEEDED(outcome))
        assert_arrived();
    assert_absent(L"arrived");
    assert_no_temporary_file();
    return outcome;
}

static HRESULT outcome_under(enum server server, ULONG flags)
{
    IBackgroundCopyJob *job = job_of(server);
    IBackgroundCopyJobHttpOptions *options = http_options_of(job);
    assert_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    return outcome_of(job);
}

/* ---- Tests ---- */

static void a_file_comes_over_https(void **context)
{
    (void)context;
    assert_hr(outcome_of(job_of(GOOD)), S_OK);
}

static const struct {
    enum server server;
    ULONG flag;
} faults[] = {
    {WRONG_NAME, BG_SSL_IGNORE_CERT_CN_INVALID},
    {EXPIRED, BG_SSL_IGNORE_CERT_DATE_INVALID},
    {UNKNOWN_CA, BG_SSL_IGNORE_UNKNOWN_CA},
    {WRONG_USAGE, BG_SSL_IGNORE_CERT_WRONG_USAGE},
};

static void a_certificate_that_is_wrong_is_named(void **context)
{
    (void)context;
    for (size_t i = 0; i < ARRAYSIZE(faults); i++) {
        assert_hr(outcome_of(job_of(faults[i].server)), CERTIFICATE);
        assert_int_equal(error_count, 1);
    }
}

static void a_flag_forgives_its_own_fault_alone(void **context)
{
    (void)context;
    for (size_t i = 0; i < ARRAYSIZE(faults); i++) {
        assert_hr(outcome_under(faults[i].server, ANY_FAULT & ~faults[i].flag), CERTIFICATE);
        assert_hr(outcome_under(faults[i].server, faults[i].flag), S_OK);
    }
}

/* A connection that was opened for a job that forgives must not serve one that does not. */
static void what_one_job_forgives_another_does_not(void **context)
{
    (void)context;
    for (size_t i = 0; i < ARRAYSIZE(faults); i++) {
        assert_hr(outcome_under(faults[i].server, ANY_FAULT), S_OK);
        assert_hr(outcome_under(faults[i].server, 0), CERTIFICATE);
    }
}

/* There is no list of revoked certificates. A connection that was opened without asking for one must not serve here. */
static void revocation_that_cannot_be_checked_is_a_failure(void **context)
{
    (void)context;
    assert_hr(outcome_under(GOOD, BG_SSL_ENABLE_CRL_CHECK), CERTIFICATE);
    assert_int_equal(error_count, 1);
}

static void a_redirect_to_http_is_followed_only_when_allowed(void **context)
{
    (void)context;
    assert_hr(outcome_of(job_of(REDIRECTS)), REDIRECT_FAILED);
    assert_hr(outcome_under(REDIRECTS, BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP), S_OK);
    assert_hr(outcome_under(REDIRECTS, 0), REDIRECT_FAILED);
}

static void a_client_certificate_is_shown(void **context)
{
    (void)context;
    assert_hr(outcome_of(job_of(WANTS_CERTIFICATE)), FORBIDDEN);
    IBackgroundCopyJob *job = job_of(WANTS_CERTIFICATE);
    IBackgroundCopyJobHttpOptions *options = http_options_of(job);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     (WCHAR *)L"MY", client_hash),
              S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    assert_hr(outcome_of(job), S_OK);

    job = job_of(WANTS_CERTIFICATE);
    options = http_options_of(job);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                       (WCHAR *)L"MY", (WCHAR *)L"dosvc-test-client"),
              S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    assert_hr(outcome_of(job), S_OK);
    assert_hr(outcome_of(job_of(WANTS_CERTIFICATE)), FORBIDDEN); /* nobody else shows it */
}

static void use_proxy(IBackgroundCopyJob *job, const struct origin *proxy)
{
    wchar_t list[64];
    (void)swprintf(list, ARRAYSIZE(list), L"http=127.0.0.1:1;https=http://127.0.0.1:%u", origin_port(proxy));
    assert_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, list, NULL), S_OK);
}

static HRESULT outcome_through(const struct origin *proxy, enum server server, ULONG flags)
{
    IBackgroundCopyJob *job = job_of(server);
    IBackgroundCopyJobHttpOptions *options = http_options_of(job);
    use_proxy(job, proxy);
    assert_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    return outcome_of(job);
}

/* A tunnel that is kept by the proxy's name, not the server's, would bring the second job to the first one's server. */
static void a_proxy_opens_a_tunnel_to_each_server(void **context)
{
    char target[64];
    struct origin *proxy;
    (void)context;
    assert_int_not_equal(origin_start(&proxy, NULL), 0);
    assert_hr(outcome_through(proxy, GOOD, 0), S_OK);
    assert_hr(outcome_through(proxy, WRONG_NAME, 0), CERTIFICATE);
    assert_hr(outcome_through(proxy, WRONG_NAME, BG_SSL_IGNORE_CERT_CN_INVALID), S_OK);
    (void)snprintf(target, sizeof(target), "localhost:%u", first_port + GOOD);
    assert_in_range(origin_request_count(proxy, target), 1, 8);
    (void)snprintf(target, sizeof(target), "localhost:%u", first_port + WRONG_NAME);
    assert_in_range(origin_request_count(proxy, target), 2, 8);
    origin_stop(proxy);
}

static void use_secrets(IBackgroundCopyJob *job)
{
    BG_AUTH_CREDENTIALS password = {.Target = BG_AUTH_TARGET_SERVER,
                                    .Scheme = BG_AUTH_SCHEME_BASIC,
                                    .Credentials.Basic = {(WCHAR *)L"user", (WCHAR *)L"secret"}};
    IBackgroundCopyJob2 *job2;
    IBackgroundCopyJobHttpOptions *options = http_options_of(job);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"X-Token: sesame\r\nUser-Agent: mine\r\n"),
              S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    assert_hr(IBackgroundCopyJob2_SetCredentials(job2, &password), S_OK);
    IBackgroundCopyJob2_Release(job2);
}

/* What is meant for the server is not in the request that opens the tunnel, nor in the one for the answer to its challenge. */
static void a_proxy_does_not_see_what_the_server_is_told(void **context)
{
    struct origin *proxy;
    struct origin_request request;
    size_t tunnels = 0;
    (void)context;
    assert_int_not_equal(origin_start(&proxy, NULL), 0);
    IBackgroundCopyJob *job = job_with(GOOD, L"guarded");
    use_proxy(job, proxy);
    use_secrets(job);
    assert_hr(outcome_of(job), S_OK);
    for (; origin_request_at(proxy, tunnels, &request); tunnels++) {
        assert_string_equal(request.method, "CONNECT");
        assert_null(strstr(request.headers, "X-Token"));
        assert_null(strstr(request.headers, "Authorization"));
        assert_non_null(strstr(request.headers, "User-Agent: mine"));
    }
    assert_in_range(tunnels, 2, 8);
    origin_stop(proxy);
}

/* A way to the good server that breaks off before a handshake is done, `breaks` times. */
struct gate {
    SOCKET listener;
    _Atomic unsigned breaks;
    _Atomic bool is_shut; /* also for the connection that is kept for the next request */
};

static void forward(SOCKET from, SOCKET to, fd_set *ready, bool *is_open)
{
    char bytes[16384];
    if (!FD_ISSET(from, ready))
        return;
    int size = recv(from, bytes, sizeof(bytes), 0);
    *is_open = size > 0 && send(to, bytes, size, 0) == size;
}

static void lead_on(const struct gate *gate, SOCKET client)
{
    struct timeval look = {0, 50000};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)(first_port + GOOD))};
    SOCKET server = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool is_open = !connect(server, (struct sockaddr *)&address, sizeof(address));
    while (is_open && !gate->is_shut) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(client, &ready);
        FD_SET(server, &ready);
        if (!select(0, &ready, NULL, NULL, &look))
            continue;
        forward(client, server, &ready, &is_open);
        if (is_open)
            forward(server, client, &ready, &is_open);
    }
    closesocket(server);
}

static DWORD WINAPI keep_gate(void *context)
{
    struct gate *gate = context;
    for (;;) {
        SOCKET client = accept(gate->listener, NULL, NULL);
        if (client == INVALID_SOCKET)
            return 0;
        if (gate->breaks)
            gate->breaks--;
        else
            lead_on(gate, client);
        closesocket(client);
    }
}

static HRESULT outcome_behind_gate(unsigned breaks)
{
    wchar_t url[128], path[MAX_PATH];
    static struct gate gate; /* whose thread outlives an assertion that fails */
    gate.listener = socket(AF_INET, SOCK_STREAM, 0);
    gate.breaks = breaks;
    gate.is_shut = false;
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(gate.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(gate.listener, 8), 0);
    assert_int_equal(getsockname(gate.listener, (struct sockaddr *)&address, &size), 0);
    HANDLE thread = CreateThread(NULL, 0, keep_gate, &gate, 0, NULL);
    assert_non_null(thread);
    IBackgroundCopyJob *job = client_job(manager, &listener);
    (void)swprintf(url, ARRAYSIZE(url), L"https://localhost:%u/file", ntohs(address.sin_port));
    client_path(L"arrived", path);
    assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
    HRESULT outcome = outcome_of(job);
    gate.is_shut = true;
    closesocket(gate.listener);
    assert_int_equal(gate.breaks, 0);
    assert_int_equal(WaitForSingleObject(thread, WAIT_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    return outcome;
}

/* Each attempt makes two, the second with all faults forgiven. */
static void a_handshake_that_breaks_off_is_tried_again(void **context)
{
    WSADATA data;
    (void)context;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    assert_hr(outcome_behind_gate(8), S_OK);
    assert_int_equal(error_count, 4);
    assert_hr(outcome_behind_gate(1), S_OK);
    assert_int_equal(error_count, 0);
    WSACleanup();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_comes_over_https),
        cmocka_unit_test(revocation_that_cannot_be_checked_is_a_failure),
        cmocka_unit_test(a_certificate_that_is_wrong_is_named),
        cmocka_unit_test(a_flag_forgives_its_own_fault_alone),
        cmocka_unit_test(what_one_job_forgives_another_does_not),
        cmocka_unit_test(a_redirect_to_http_is_followed_only_when_allowed),
        cmocka_unit_test(a_client_certificate_is_shown),
        cmocka_unit_test(a_proxy_opens_a_tunnel_to_each_server),
        cmocka_unit_test(a_proxy_does_not_see_what_the_server_is_told),
        cmocka_unit_test(a_handshake_that_breaks_off_is_tried_again),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
