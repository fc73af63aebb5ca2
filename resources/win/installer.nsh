; What the installer does beside copying files: `sonde` on the user's PATH, and off it again. resources\bin\path.ps1
; does the work (it says why); afterwards programs that run are told, so that a new console knows the command.
!macro sondePath ACTION
  DetailPrint "sonde on the PATH: ${ACTION}"
  nsExec::ExecToLog '"$SYSDIR\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$INSTDIR\resources\bin\path.ps1" ${ACTION}'
  Pop $0
  ${if} $0 != "0"
    DetailPrint "The PATH was left as it is. Add $INSTDIR\resources\bin to it by hand."
  ${endif}
  ; HWND_BROADCAST, WM_SETTINGCHANGE, five seconds at most for a program that does not answer.
  SendMessage 0xFFFF 0x001A 0 "STR:Environment" /TIMEOUT=5000
!macroend

; Compressed captures: Windows looks at the last ending only, so Sonde is one of the programs to open a .gz or .zst
; with, and takes none from the program that opens them now.
!macro customInstall
  !insertmacro sondePath add
  WriteRegStr SHELL_CONTEXT "Software\Classes\.gz\OpenWithProgids" "Sonde.pcap" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\.zst\OpenWithProgids" "Sonde.pcap" ""
!macroend

!macro customUnInstall
  !insertmacro sondePath remove
  DeleteRegValue SHELL_CONTEXT "Software\Classes\.gz\OpenWithProgids" "Sonde.pcap"
  DeleteRegValue SHELL_CONTEXT "Software\Classes\.zst\OpenWithProgids" "Sonde.pcap"
!macroend
