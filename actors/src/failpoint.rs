//! Places where a test may have the process die. Active in builds with debug assertions only, and there only when the
//! environment variable `FAILPOINTS` names the point: `FAILPOINTS=relay::before_mark=return`.

/// Ends the process as `kill -9` would, if the point of that name is switched on.
pub fn reach(name: &str) {
    if !cfg!(debug_assertions) {
        return;
    }
    fail::eval(name, |_| {
        tracing::warn!(name, "fail point reached; the process kills itself");
        // Nothing may run after this point, as when the kernel or an operator kills the process.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL);
    });
}

/// Reads `FAILPOINTS`. Held for the life of the process.
pub fn set_up() -> Option<fail::FailScenario<'static>> {
    cfg!(debug_assertions).then(fail::FailScenario::setup)
}
