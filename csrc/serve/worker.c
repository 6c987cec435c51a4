#include "worker.h"

#include <sys/epoll.h>

int worker_watch(struct worker *w, int fd, struct watched *watched, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watched};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event);
}
