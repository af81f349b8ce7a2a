# SPDX-License-Identifier: ISC
# Comments of the files for web servers tell how to copy them to where the
# package has put them.
s/, as README\.md says$/, as README.Debian/
s/^# under Install; then, in the directory that README\.md is in, as root:$/# says; then, as root:/
/^#   cp .*conf-available\/$/d
