/* The one table of the properties that a job or a file may have beyond the columns of its row: what each is called in the queue file, which values it can
 * have and what it is while nobody has set it. Pure.
 *
 * A new property is a number and a row of the table in property.c. Values travel as bytes, in memory as in the file: numbers least significant byte first,
 * texts as UTF-16 without a terminator. */
#ifndef DOSVC_BASE_PROPERTY_H
#define DOSVC_BASE_PROPERTY_H

#include "hresult.h"

/* The numbers are stored in the queue file: append only. */
enum property_id {
    PROPERTY_NONE = 0,
    /* Of jobs. */
    PROPERTY_MINIMUM_RETRY_DELAY = 1, /* seconds */
    PROPERTY_NO_PROGRESS_TIMEOUT = 2, /* seconds; unset: the priority says */
    PROPERTY_PROXY_USAGE = 3,         /* BG_JOB_PROXY_USAGE's values */
    PROPERTY_PROXY_LIST = 4,
    PROPERTY_PROXY_BYPASS = 5,
    PROPERTY_NOTIFY_PROGRAM = 6,
    PROPERTY_NOTIFY_PARAMETERS = 7,
    PROPERTY_CUSTOM_HEADERS = 8,
    PROPERTY_SECURITY_FLAGS = 9, /* BG_HTTP_REDIRECT_POLICY_*, BG_SSL_* */
    PROPERTY_CLIENT_CERTIFICATE = 10,
    PROPERTY_SERVER_BASIC = 11, /* credentials: where, and in which scheme; the others stand below */
    PROPERTY_FILE_ACL_FLAGS = 12,
    PROPERTY_PEER_CACHING_FLAGS = 13,
    PROPERTY_MAXIMUM_DOWNLOAD_TIME = 14, /* seconds */
    PROPERTY_COST_FLAGS = 15,            /* BITS_COST_STATE_*, or'ed */
    PROPERTY_NOTIFICATION_CLSID = 16,
    PROPERTY_DYNAMIC_CONTENT = 17,
    PROPERTY_HIGH_PERFORMANCE = 18,
    PROPERTY_MAX_DOWNLOAD_SIZE = 19,             /* bytes */
    PROPERTY_USE_STORED_CREDENTIALS = 20,        /* BG_AUTH_TARGET's values; 0: for none */
    PROPERTY_MINIMUM_NOTIFICATION_INTERVAL = 21, /* milliseconds */
    PROPERTY_ON_DEMAND_MODE = 22,
    PROPERTY_OWNER_INTEGRITY_LEVEL = 23, /* the RID of the mandatory label, when the job was made */
    PROPERTY_OWNER_ELEVATION = 24,
    /* Of files. */
    PROPERTY_VALIDATION_STATE = 25,
    PROPERTY_INTEGRITY_CHECK_MANDATORY = 26,
    PROPERTY_INTEGRITY_CHECK_INFO = 27,
    PROPERTY_DECRYPTION_INFO = 28,
    PROPERTY_SINK_IS_STREAM = 29,
    /* Of jobs again. */
    PROPERTY_SERVER_DIGEST = 30,
    PROPERTY_SERVER_NTLM = 31,
    PROPERTY_SERVER_NEGOTIATE = 32,
    PROPERTY_PROXY_BASIC = 33,
    PROPERTY_PROXY_DIGEST = 34,
    PROPERTY_PROXY_NTLM = 35,
    PROPERTY_PROXY_NEGOTIATE = 36,
    PROPERTY_ID_COUNT
};

enum property_scope { PROPERTY_OF_JOB, PROPERTY_OF_FILE };

enum property_type {
    PROPERTY_TYPE_U32,  /* 4 bytes */
    PROPERTY_TYPE_MASK, /* 4 bytes, bits */
    PROPERTY_TYPE_U64,  /* 8 bytes */
    PROPERTY_TYPE_BOOL, /* 1 byte, 0 or 1 */
    PROPERTY_TYPE_TEXT,
    PROPERTY_TYPE_GUID, /* 16 bytes */
    PROPERTY_TYPE_BLOB
};

enum property_flags {
    PROPERTY_PERSONAL = 1,   /* speaks for the owner: only he may set it, and it goes when another takes the job */
    PROPERTY_SECRET = 2,     /* encrypted in memory and on the disk, never logged */
    PROPERTY_NOT_STORED = 4, /* forgotten with the host */
    PROPERTY_OF_REQUESTS = 8 /* what requests are made with */
};

struct property_info {
    const char *name; /* for the log */
    enum property_scope scope;
    enum property_type type;
    uint64_t preset; /* a number's value while nobody has set it */
    uint64_t least;  /* smallest number */
    uint64_t most;   /* largest number; all bits of a mask; characters of a text; bytes of a BLOB */
    HRESULT refusal; /* what a value beyond these limits is answered with */
    uint32_t flags;
};

/* NULL when there is no such property. */
const struct property_info *property_info(uint32_t id);

/* A value to be set, and one in a set. */
struct property_value {
    enum property_id id;
    const void *bytes; /* NULL when it is to be set: nobody has set the property any more */
    size_t size;
};

/* Borrow what they are made of; a number is put into `storage`. */
struct property_value property_of_number(enum property_id id, uint64_t number, uint8_t storage[8]);
struct property_value property_of_text(enum property_id id, const char16_t *text); /* NULL: removes */
struct property_value property_of_bytes(enum property_id id, const void *bytes, size_t size);
struct property_value property_removed(enum property_id id);

/* S_OK, the property's own refusal for a value beyond its limits, E_INVALIDARG for a property of another scope or bytes that are no value of its type. */
HRESULT property_check(const struct property_value *value, enum property_scope scope);
/* The same for what a queue file holds: a secret, which is encrypted there, may be longer. */
bool property_is_storable(uint32_t id, enum property_scope scope, const void *bytes, size_t size);

/* The number in a value of the types U32, MASK, U64 and BOOL. */
uint64_t property_number(const struct property_value *value);

#endif
