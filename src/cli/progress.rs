//! Progress of long work: one line on standard error, if that is a terminal, from the first second on, and gone at the
//! end. A thread of its own writes it, so that work which cannot say how far it is shows that it goes on.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Work that takes no longer shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const PACE: Duration = Duration::from_millis(200);

/// Whether quiet was asked for; there is one standard error, and so one answer.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Shows no progress from now on.
pub(super) fn silence() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Work in progress, until it is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    done: Arc<AtomicUsize>,
    line: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins work of so many steps, if it has steps.
    pub(super) fn of(what: &'static str, total: Option<usize>) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let wanted = !QUIET.load(Ordering::Relaxed) && io::stderr().is_terminal() && !dumb;
        if wanted { Self::on(io::stderr(), what, total, PATIENCE) } else { Self::none() }
    }

    /// Work that writes to standard output as it goes: it shows nothing where that is a terminal, too.
    pub(super) fn beside_output(what: &'static str, total: Option<usize>) -> Self {
        if io::stdout().is_terminal() { Self::none() } else { Self::of(what, total) }
    }

    fn none() -> Self {
        Self { done: Arc::default(), line: None }
    }

    fn on(
        out: impl Write + Send + 'static,
        what: &'static str,
        total: Option<usize>,
        patience: Duration,
    ) -> Self {
        let done = Arc::new(AtomicUsize::new(0));
        let (sender, stop) = channel();
        let seen = Arc::clone(&done);
        let show = move || {
            let mut out = out;
            let mut wait = patience;
            let mut shown = String::new();
            while stop.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let done = seen.load(Ordering::Relaxed);
                let count = total.filter(|total| *total > 1).map(|total| format!(" {done} of {total}"));
                let text = format!("{what}{} ...", count.unwrap_or_default());
                if text != shown {
                    // a terminal that is gone changes nothing
                    let _ = write!(out, "\r\u{1b}[2K{text}").and_then(|()| out.flush());
                    shown = text;
                }
                wait = PACE;
            }
            if !shown.is_empty() {
                let _ = write!(out, "\r\u{1b}[2K").and_then(|()| out.flush());
            }
        };
        let line = Builder::new().name("progress".to_owned()).spawn(show).ok();
        Self { done, line: line.map(|thread| (sender, thread)) }
    }

    /// One step is done.
    pub(super) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.line.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn a_line_is_shown_and_erased() {
        let screen = Screen::default();
        let progress = Progress::on(screen.clone(), "reading files", Some(3), Duration::ZERO);
        progress.step();
        while !screen.text().contains("reading files 1 of 3 ...") {
            std::thread::yield_now();
        }
        drop(progress);
        assert!(screen.text().ends_with("...\r\u{1b}[2K"), "{:?}", screen.text());
    }

    #[test]
    fn quick_work_shows_nothing() {
        let screen = Screen::default();
        drop(Progress::on(screen.clone(), "reading files", None, Duration::from_secs(600)));
        assert_eq!(screen.text(), "");
    }
}
