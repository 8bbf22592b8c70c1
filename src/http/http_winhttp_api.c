#include "http_winhttp_api.h"

const struct http_winhttp_api http_winhttp_system_api = {
    .open = WinHttpOpen,
    .connect = WinHttpConnect,
    .open_request = WinHttpOpenRequest,
    .close_handle = WinHttpCloseHandle,
    .set_timeouts = WinHttpSetTimeouts,
    .set_option = WinHttpSetOption,
    .send_request = WinHttpSendRequest,
    .receive_response = WinHttpReceiveResponse,
    .query_headers = WinHttpQueryHeaders,
    .query_data_available = WinHttpQueryDataAvailable,
    .read_data = WinHttpReadData,
};
