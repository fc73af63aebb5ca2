# Adds the folder of this script to the user's PATH, or takes it out. NSIS must not do this: it cuts a long PATH off,
# and it would replace variables such as %USERPROFILE% by what they stand for. The registry is read and written here
# without either.
param([Parameter(Mandatory = $true)][ValidateSet('add', 'remove')][string]$Action)
$ErrorActionPreference = 'Stop'
$folder = $PSScriptRoot.TrimEnd('\')
$key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
try {
  $names = @($key.GetValueNames() | Where-Object { $_ -eq 'Path' })
  $kind = [Microsoft.Win32.RegistryValueKind]::ExpandString
  $now = ''
  if ($names.Count -gt 0) {
    $kind = $key.GetValueKind('Path')
    $now = [string]$key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
  }
  $parts = @($now.Split(';') | Where-Object { $_ -ne '' })
  $others = @($parts | Where-Object { $_.TrimEnd('\') -ine $folder })
  $wanted = if ($Action -eq 'add') { $others + $folder } else { $others }
  if (($wanted -join ';') -ne ($parts -join ';')) {
    $key.SetValue('Path', ($wanted -join ';'), $kind)
  }
} finally {
  $key.Close()
}
