/* The inside of the classic job object. One vtable, that of the newest version, serves IBackgroundCopyJob to IBackgroundCopyJob5; its methods stand in job.c
 * (life cycle), job_files.c, job_properties.c, job_settings.c, job_property_ids.c and, those of uploads, job_reply.c. */
#ifndef DOSVC_JOB_OBJECT_H
#define DOSVC_JOB_OBJECT_H

#include "job.h"

struct job_object {
    struct com_object object;
    IBackgroundCopyJob5 job_iface;
    IBackgroundCopyJobHttpOptions http_options_iface;
    IDeliveryOptimizationJob delivery_iface;
    IDeliveryOptimizationJob2 delivery2_iface;
    struct job *job; /* a reference of its own; never changes */
};

struct job *job_of(IBackgroundCopyJob5 *iface);

extern const IBackgroundCopyJobHttpOptionsVtbl job_http_options_vtable;
extern const IDeliveryOptimizationJobVtbl job_delivery_vtable;
extern const IDeliveryOptimizationJob2Vtbl job_delivery2_vtable;

/* job_files.c */
HRESULT STDMETHODCALLTYPE job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count, BG_FILE_INFO *files);
HRESULT STDMETHODCALLTYPE job_AddFile(IBackgroundCopyJob5 *iface, const WCHAR *url, const WCHAR *local_name);
HRESULT STDMETHODCALLTYPE job_EnumFiles(IBackgroundCopyJob5 *iface, IEnumBackgroundCopyFiles **enumerator);
HRESULT STDMETHODCALLTYPE job_AddFileWithRanges(IBackgroundCopyJob5 *iface, const WCHAR *url, const WCHAR *local_name,
                                                DWORD range_count, BG_FILE_RANGE ranges[]);
HRESULT STDMETHODCALLTYPE job_ReplaceRemotePrefix(IBackgroundCopyJob5 *iface, const WCHAR *old_prefix,
                                                  const WCHAR *new_prefix);

/* job_properties.c */
HRESULT STDMETHODCALLTYPE job_GetId(IBackgroundCopyJob5 *iface, GUID *id);
HRESULT STDMETHODCALLTYPE job_GetType(IBackgroundCopyJob5 *iface, BG_JOB_TYPE *type);
HRESULT STDMETHODCALLTYPE job_GetProgress(IBackgroundCopyJob5 *iface, BG_JOB_PROGRESS *progress);
HRESULT STDMETHODCALLTYPE job_GetTimes(IBackgroundCopyJob5 *iface, BG_JOB_TIMES *times);
HRESULT STDMETHODCALLTYPE job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *state);
HRESULT STDMETHODCALLTYPE job_GetError(IBackgroundCopyJob5 *iface, IBackgroundCopyError **error);
HRESULT STDMETHODCALLTYPE job_GetDisplayName(IBackgroundCopyJob5 *iface, WCHAR **name);
HRESULT STDMETHODCALLTYPE job_SetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG flags);
HRESULT STDMETHODCALLTYPE job_GetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG *flags);
HRESULT STDMETHODCALLTYPE job_SetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown *callback);
HRESULT STDMETHODCALLTYPE job_GetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown **callback);
HRESULT STDMETHODCALLTYPE job_GetOwner(IBackgroundCopyJob5 *iface, WCHAR **owner);
HRESULT STDMETHODCALLTYPE job_SetDisplayName(IBackgroundCopyJob5 *iface, const WCHAR *name);
HRESULT STDMETHODCALLTYPE job_SetDescription(IBackgroundCopyJob5 *iface, const WCHAR *description);
HRESULT STDMETHODCALLTYPE job_GetDescription(IBackgroundCopyJob5 *iface, WCHAR **description);
HRESULT STDMETHODCALLTYPE job_SetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY priority);
HRESULT STDMETHODCALLTYPE job_GetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY *priority);
HRESULT STDMETHODCALLTYPE job_GetErrorCount(IBackgroundCopyJob5 *iface, ULONG *count);

/* job_settings.c */
HRESULT STDMETHODCALLTYPE job_SetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG seconds);
HRESULT STDMETHODCALLTYPE job_GetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG *seconds);
HRESULT STDMETHODCALLTYPE job_SetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG seconds);
HRESULT STDMETHODCALLTYPE job_GetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG *seconds);
HRESULT STDMETHODCALLTYPE job_SetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE usage,
                                               const WCHAR *proxy_list, const WCHAR *bypass_list);
HRESULT STDMETHODCALLTYPE job_GetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE *usage,
                                               WCHAR **proxy_list, WCHAR **bypass_list);
HRESULT STDMETHODCALLTYPE job_TakeOwnership(IBackgroundCopyJob5 *iface);
HRESULT STDMETHODCALLTYPE job_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, const WCHAR *program,
                                               const WCHAR *parameters);
HRESULT STDMETHODCALLTYPE job_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, WCHAR **program, WCHAR **parameters);
HRESULT STDMETHODCALLTYPE job_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *credentials);
HRESULT STDMETHODCALLTYPE job_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target,
                                                BG_AUTH_SCHEME scheme);
HRESULT STDMETHODCALLTYPE job_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD flags);
HRESULT STDMETHODCALLTYPE job_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *flags);
HRESULT STDMETHODCALLTYPE job_SetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD flags);
HRESULT STDMETHODCALLTYPE job_GetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD *flags);
HRESULT STDMETHODCALLTYPE job_GetOwnerIntegrityLevel(IBackgroundCopyJob5 *iface, ULONG *level);
HRESULT STDMETHODCALLTYPE job_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *is_elevated);
HRESULT STDMETHODCALLTYPE job_SetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG seconds);
HRESULT STDMETHODCALLTYPE job_GetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG *seconds);

/* job_property_ids.c */
HRESULT STDMETHODCALLTYPE job_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE value);
HRESULT STDMETHODCALLTYPE job_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE *value);

/* job_reply.c */
HRESULT STDMETHODCALLTYPE job_GetReplyProgress(IBackgroundCopyJob5 *iface, BG_JOB_REPLY_PROGRESS *progress);
HRESULT STDMETHODCALLTYPE job_GetReplyData(IBackgroundCopyJob5 *iface, byte **data, UINT64 *length);
HRESULT STDMETHODCALLTYPE job_SetReplyFileName(IBackgroundCopyJob5 *iface, const WCHAR *name);
HRESULT STDMETHODCALLTYPE job_GetReplyFileName(IBackgroundCopyJob5 *iface, WCHAR **name);

/* job_files.c, for the interfaces that add a file with ranges. file_id NULL: one is made up; local_name NULL: it is set later. */
HRESULT job_add_file_with_ranges(struct job *job, const WCHAR *file_id, const WCHAR *url, const WCHAR *local_name,
                                 DWORD range_count, const BG_FILE_RANGE *ranges, UINT64 file_size);

#endif
