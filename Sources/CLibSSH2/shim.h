#ifndef ZKOPS_CLIBSSH2_SHIM_H
#define ZKOPS_CLIBSSH2_SHIM_H

#include <libssh2.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Function-like macros and function pointer casts, which Swift does not import. */

typedef ssize_t (*zkops_wire_send)(libssh2_socket_t socket, const void *bytes, size_t count, int flags,
                                   void **abstract);
typedef ssize_t (*zkops_wire_receive)(libssh2_socket_t socket, void *bytes, size_t count, int flags,
                                      void **abstract);

typedef void (*zkops_wire_farewell)(LIBSSH2_SESSION *session, int reason, const char *message, int length,
                                    const char *language, int language_length, void **abstract);

/*
 * Every byte of the session goes through the first two, which return a count or a negative errno. The third is told
 * why the server says goodbye.
 */
static inline void zkops_session_set_wire(LIBSSH2_SESSION *session, zkops_wire_send send,
                                          zkops_wire_receive receive, zkops_wire_farewell farewell)
{
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)farewell);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
}

/* A channel of any type, with libssh2's usual packet size. */
static inline LIBSSH2_CHANNEL *zkops_channel_open(LIBSSH2_SESSION *session, const char *type,
                                                  unsigned int type_length)
{
    return libssh2_channel_open_ex(session, type, type_length, LIBSSH2_CHANNEL_WINDOW_DEFAULT,
                                   LIBSSH2_CHANNEL_PACKET_DEFAULT, NULL, 0);
}

/* Ends a wait of the connection's thread; Swift's Glibc module has no eventfd. */
static inline int zkops_event_descriptor(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

/* A file in memory without a name, closed in programs that are started; Swift's Glibc module has no memfd_create. */
static inline int zkops_memory_file(void)
{
    return (int)syscall(SYS_memfd_create, "zkops", 1U /* MFD_CLOEXEC */);
}

/* Hands a descriptor to the process at the other end of a local socket, with one byte (unix(7)). Gives 1, or -1. */
static inline ssize_t zkops_send_descriptor(int socket, int descriptor)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec piece = {&byte, 1};
    struct msghdr message;

    memset(&message, 0, sizeof(message));
    memset(&control, 0, sizeof(control));
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof(control.bytes);
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

#endif
