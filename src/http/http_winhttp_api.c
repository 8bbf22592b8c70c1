#include "http_winhttp_api.h"

#include "thread.h"

const struct http_winhttp_api http_winhttp_system_api = {
    .is_wine = thread_is_killed_anywhere,
    .open = WinHttpOpen,
    .connect = WinHttpConnect,
    .open_request = WinHttpOpenRequest,
    .close_handle = WinHttpCloseHandle,
    .set_timeouts = WinHttpSetTimeouts,
    .set_option = WinHttpSetOption,
    .set_status_callback = WinHttpSetStatusCallback,
    .add_request_headers = WinHttpAddRequestHeaders,
    .send_request = WinHttpSendRequest,
    .receive_response = WinHttpReceiveResponse,
    .query_headers = WinHttpQueryHeaders,
    .query_data_available = WinHttpQueryDataAvailable,
    .read_data = WinHttpReadData,
    .query_auth_schemes = WinHttpQueryAuthSchemes,
    .set_credentials = WinHttpSetCredentials,
    .get_user_proxy = WinHttpGetIEProxyConfigForCurrentUser,
    .get_machine_proxy = WinHttpGetDefaultProxyConfiguration,
    .get_proxy_for_url = WinHttpGetProxyForUrl,
    .cert_open_store = CertOpenStore,
    .cert_find = CertFindCertificateInStore,
    .cert_add_serialized = CertAddSerializedElementToStore,
    .cert_free = CertFreeCertificateContext,
    .cert_close_store = CertCloseStore,
};
