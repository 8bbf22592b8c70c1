/* Every method of the interfaces that MinGW's bits*.h declare too, once for two translation units: idl_test.c sees them
 * through our header, idl_mingw.c through MinGW's. A list takes what to do with a method (`M`) and the interface whose
 * vtable is meant, so that inherited methods are looked up in each derived vtable as well. */
#ifndef DOSVC_TESTS_IDL_METHODS_H
#define DOSVC_TESTS_IDL_METHODS_H

#include <stddef.h>

struct method_slot {
    size_t slot;
    const char *name;
};

struct vtable_size {
    size_t slots;
    const char *name;
};

struct shared_iid {
    const void *iid; /* 16 bytes */
    const char *name;
};

#define UNKNOWN_METHODS(M, I) M(I, QueryInterface), M(I, AddRef), M(I, Release)

#define MANAGER_METHODS(M, I)                                                                                          \
    UNKNOWN_METHODS(M, I), M(I, CreateJob), M(I, GetJob), M(I, EnumJobs), M(I, GetErrorDescription)

#define JOB_METHODS(M, I)                                                                                              \
    UNKNOWN_METHODS(M, I), M(I, AddFileSet), M(I, AddFile), M(I, EnumFiles), M(I, Suspend), M(I, Resume),              \
        M(I, Cancel), M(I, Complete), M(I, GetId), M(I, GetType), M(I, GetProgress), M(I, GetTimes), M(I, GetState),   \
        M(I, GetError), M(I, GetOwner), M(I, SetDisplayName), M(I, GetDisplayName), M(I, SetDescription),              \
        M(I, GetDescription), M(I, SetPriority), M(I, GetPriority), M(I, SetNotifyFlags), M(I, GetNotifyFlags),        \
        M(I, SetNotifyInterface), M(I, GetNotifyInterface), M(I, SetMinimumRetryDelay), M(I, GetMinimumRetryDelay),    \
        M(I, SetNoProgressTimeout), M(I, GetNoProgressTimeout), M(I, GetErrorCount), M(I, SetProxySettings),           \
        M(I, GetProxySettings), M(I, TakeOwnership)

#define JOB2_METHODS(M, I)                                                                                             \
    JOB_METHODS(M, I), M(I, SetNotifyCmdLine), M(I, GetNotifyCmdLine), M(I, GetReplyProgress), M(I, GetReplyData),     \
        M(I, SetReplyFileName), M(I, GetReplyFileName), M(I, SetCredentials), M(I, RemoveCredentials)

#define JOB3_METHODS(M, I)                                                                                             \
    JOB2_METHODS(M, I), M(I, ReplaceRemotePrefix), M(I, AddFileWithRanges), M(I, SetFileACLFlags), M(I, GetFileACLFlags)

#define JOB4_METHODS(M, I)                                                                                             \
    JOB3_METHODS(M, I), M(I, SetPeerCachingFlags), M(I, GetPeerCachingFlags), M(I, GetOwnerIntegrityLevel),            \
        M(I, GetOwnerElevationState), M(I, SetMaximumDownloadTime), M(I, GetMaximumDownloadTime)

#define JOB5_METHODS(M, I) JOB4_METHODS(M, I), M(I, SetProperty), M(I, GetProperty)

#define HTTP_OPTIONS_METHODS(M, I)                                                                                     \
    UNKNOWN_METHODS(M, I), M(I, SetClientCertificateByID), M(I, SetClientCertificateByName),                           \
        M(I, RemoveClientCertificate), M(I, GetClientCertificate), M(I, SetCustomHeaders), M(I, GetCustomHeaders),     \
        M(I, SetSecurityFlags), M(I, GetSecurityFlags)

#define FILE_METHODS(M, I)  UNKNOWN_METHODS(M, I), M(I, GetRemoteName), M(I, GetLocalName), M(I, GetProgress)
#define FILE2_METHODS(M, I) FILE_METHODS(M, I), M(I, GetFileRanges), M(I, SetRemoteName)

#define ERROR_METHODS(M, I)                                                                                            \
    UNKNOWN_METHODS(M, I), M(I, GetError), M(I, GetFile), M(I, GetErrorDescription), M(I, GetErrorContextDescription), \
        M(I, GetProtocol)

#define CALLBACK_METHODS(M, I)  UNKNOWN_METHODS(M, I), M(I, JobTransferred), M(I, JobError), M(I, JobModification)
#define CALLBACK2_METHODS(M, I) CALLBACK_METHODS(M, I), M(I, FileTransferred)

#define ENUM_METHODS(M, I) UNKNOWN_METHODS(M, I), M(I, Next), M(I, Skip), M(I, Reset), M(I, Clone), M(I, GetCount)

#define SHARED_METHODS(M)                                                                                              \
    MANAGER_METHODS(M, IBackgroundCopyManager), JOB_METHODS(M, IBackgroundCopyJob),                                    \
        JOB2_METHODS(M, IBackgroundCopyJob2), JOB3_METHODS(M, IBackgroundCopyJob3),                                    \
        JOB4_METHODS(M, IBackgroundCopyJob4), JOB5_METHODS(M, IBackgroundCopyJob5),                                    \
        HTTP_OPTIONS_METHODS(M, IBackgroundCopyJobHttpOptions), FILE_METHODS(M, IBackgroundCopyFile),                  \
        FILE2_METHODS(M, IBackgroundCopyFile2), ERROR_METHODS(M, IBackgroundCopyError),                                \
        CALLBACK_METHODS(M, IBackgroundCopyCallback), CALLBACK2_METHODS(M, IBackgroundCopyCallback2),                  \
        ENUM_METHODS(M, IEnumBackgroundCopyFiles), ENUM_METHODS(M, IEnumBackgroundCopyJobs)

#define SHARED_INTERFACES(M)                                                                                           \
    M(IBackgroundCopyManager), M(IBackgroundCopyJob), M(IBackgroundCopyJob2), M(IBackgroundCopyJob3),                  \
        M(IBackgroundCopyJob4), M(IBackgroundCopyJob5), M(IBackgroundCopyJobHttpOptions), M(IBackgroundCopyFile),      \
        M(IBackgroundCopyFile2), M(IBackgroundCopyError), M(IBackgroundCopyCallback), M(IBackgroundCopyCallback2),     \
        M(IEnumBackgroundCopyFiles), M(IEnumBackgroundCopyJobs)

#define SLOT_OF(interface_name, method) (offsetof(interface_name##Vtbl, method) / sizeof(void *))
#define SLOT_COUNT(interface_name)      (sizeof(interface_name##Vtbl) / sizeof(void *))
#define METHOD_SLOT(interface_name, method)                                                                            \
    {                                                                                                                  \
        SLOT_OF(interface_name, method), #interface_name "::" #method                                                  \
    }
#define VTABLE_SIZE(interface_name)                                                                                    \
    {                                                                                                                  \
        SLOT_COUNT(interface_name), #interface_name                                                                    \
    }

/* What MinGW's headers say. */
extern const struct method_slot mingw_slots[];
extern const size_t mingw_slot_count;
extern const struct vtable_size mingw_sizes[];
extern const struct shared_iid mingw_iids[];
extern const size_t mingw_interface_count;

#endif
