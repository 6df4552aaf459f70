@echo off
rem The command line of bn4j for Windows. Builds on first use; delete target to build again.
setlocal
set "ROOT=%~dp0.."
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
if not exist "%ROOT%\target\bn4j-*-cli.jar" (
  echo building bn4j ^(first use, a minute or more^)... 1>&2
  call mvn -q -B -f "%ROOT%\pom.xml" -Dmaven.test.skip=true -Djacoco.skip=true -Dmaven.javadoc.skip=true -Dmaven.source.skip=true -Dspotless.check.skip=true package 1>&2 || exit /b 4
)
for %%J in ("%ROOT%\target\bn4j-*-cli.jar") do set "JAR=%%J"
"%JAVA%" --add-modules jdk.incubator.vector -XX:+UseParallelGC %BN4J_JAVA_OPTS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
