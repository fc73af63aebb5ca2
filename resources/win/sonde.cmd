@echo off
rem The command line of an installed Sonde, with its own Node. It keeps the exit code and all arguments.
"%~dp0..\node\bin\node.exe" "%~dp0..\dist\src-main\run\cli\main.js" %*
exit /b %ERRORLEVEL%
