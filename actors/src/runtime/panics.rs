//! Catching panics with their place, so that the exit reason says where a child broke.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::Exit;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `f`; a panic comes back as [`Exit::Panicked`] instead of unwinding further.
///
/// The process's panic hook is wrapped once: inside a guarded call the place is recorded and nothing is printed,
/// because the supervisor logs the exit; outside, the previous hook runs unchanged.
pub(crate) fn guard<R>(f: impl FnOnce() -> R) -> Result<R, Exit> {
    install_hook();
    let outer = GUARDED.with(|g| g.replace(true));
    let result = catch_unwind(AssertUnwindSafe(f));
    GUARDED.with(|g| g.set(outer));
    result.map_err(|payload| Exit::Panicked {
        message: describe(payload),
        location: LOCATION.with(|l| l.borrow_mut().take()).unwrap_or_else(|| "an unknown place".to_owned()),
    })
}

fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if GUARDED.with(Cell::get) {
                let place = info.location().map(ToString::to_string);
                LOCATION.with(|l| *l.borrow_mut() = place);
            } else {
                previous(info);
            }
        }));
    });
}

fn describe(payload: Box<dyn Any + Send>) -> String {
    let text = if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_owned()
    };
    // A payload may panic again while it is dropped; its text is already ours.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    text
}
