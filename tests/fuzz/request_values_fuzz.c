/* Any bytes (an even count of them, after one that says which property) as a credential and as a certificate: what is decoded and passes the limits is
 * encoded to the same bytes again. */
#include "fuzz_input.h"
#include "request_values.h"

#include <stdlib.h>
#include <string.h>

static void check_credential(enum property_id id, const uint8_t *bytes, size_t size)
{
    struct http_credential credential;
    void *again;
    size_t again_size;
    if (!credential_decode(id, bytes, size, &credential))
        return;
    FUZZ_CHECK(!credential.user == !credential.password);
    if (credential_encode(&credential, &again, &again_size) != S_OK)
        return;
    /* Without names, those that stood there are forgotten. */
    FUZZ_CHECK(!credential.user || (again_size == size && !memcmp(again, bytes, size)));
    free(again);
}

static void check_certificate(const uint8_t *bytes, size_t size)
{
    struct http_client_certificate certificate;
    void *again;
    size_t again_size;
    if (!certificate_decode(bytes, size, &certificate))
        return;
    FUZZ_CHECK(certificate.store && certificate.store[0]);
    FUZZ_CHECK(certificate_encode(&certificate, &again, &again_size) == S_OK);
    FUZZ_CHECK(certificate.kind != HTTP_CERT_BY_SUBJECT || (again_size == size && !memcmp(again, bytes, size)));
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    enum property_id id = credential_property_at(fuzz_byte(&input) % CREDENTIAL_COUNT);
    size_t length = (size_t)(input.end - input.at);
    uint8_t *bytes = malloc(length ? length : 1);
    FUZZ_CHECK(bytes);
    if (length)
        memcpy(bytes, input.at, length);
    check_credential(id, bytes, length);
    check_certificate(bytes, length);
    free(bytes);
    return 0;
}
