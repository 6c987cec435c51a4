/* The build gives the version; a build by hand has none. */
#pragma once

#ifndef BAREWIRE_VERSION
#define BAREWIRE_VERSION "unversioned"
#endif
