{
  'targets': [
    {
      'target_name': 'sonde-capture',
      'type': 'executable',
      'sources': ['main.c', 'options.c', 'interfaces.c', 'privileges.c', 'frames.c', 'capture.c'],
      'defines': ['_GNU_SOURCE'],
      'cflags': [
        '-std=c11', '-O2', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Wno-unused-result', '-Werror',
        '-fPIE', '-fstack-protector-strong', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2', '-fno-strict-aliasing',
      ],
      'ldflags': ['-pie', '-Wl,-z,relro,-z,now,-z,noexecstack', '-Wl,--as-needed'],
      'libraries': ['-lpcap'],
    },
  ],
}
