//! A headless Chromium, driven over its debugging pipe: no driver, no port, nothing to install but the browser.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// What to wait for anything at most; a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// The names under which Chromium is found.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// One page of a browser of its own.
pub struct Browser {
    child: Child,
    pipe: ChildStdin,
    messages: Receiver<Value>,
    next: u64,
    session: Option<String>,
    /// Errors, warnings and texts of the console, in order.
    pub console: Vec<String>,
    /// Addresses that were asked for, in order.
    pub requests: Vec<String>,
    is_loaded: bool,
    profile: PathBuf,
}

fn found() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("IAMRBAC_CHROMIUM") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES
        .iter()
        .find_map(|name| directories.iter().map(|place| place.join(name)).find(|place| place.exists()))
}

impl Browser {
    /// Starts one, or skips visibly where there is none; with `IAMRBAC_CHROMIUM_REQUIRED` that is a failure.
    pub fn start() -> Option<Self> {
        let Some(chromium) = found() else {
            assert!(std::env::var_os("IAMRBAC_CHROMIUM_REQUIRED").is_none(), "there is no Chromium");
            eprintln!(
                "skipped: there is no Chromium; `apt-get install chromium`, or name it in IAMRBAC_CHROMIUM"
            );
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("iamrbac-browser-{}-{number}", std::process::id()));
        // the browser reads its orders from descriptor 3 and answers on 4
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null"#])
            .arg(chromium)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            loop {
                let mut bytes = Vec::new();
                if answers.read_until(0, &mut bytes).unwrap_or(0) == 0 {
                    return;
                }
                bytes.pop();
                let Ok(message) = serde_json::from_slice(&bytes) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (console, requests) = (Vec::new(), Vec::new());
        let mut browser = Self {
            child,
            pipe,
            messages,
            next: 0,
            session: None,
            console,
            requests,
            is_loaded: false,
            profile,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// One order, and its answer.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.pipe.write_all(&bytes).unwrap();
        let id = self.next;
        loop {
            let answer = self.receive();
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("the browser answers");
        let of = &message["params"];
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.is_loaded = true,
            Some("Runtime.exceptionThrown") => self.console.push(of["exceptionDetails"].to_string()),
            Some("Runtime.consoleAPICalled") => self.console.push(of["args"].to_string()),
            Some("Log.entryAdded") => self.console.push(of["entry"]["text"].to_string()),
            Some("Network.requestWillBeSent") => {
                self.requests.push(of["request"]["url"].as_str().unwrap().to_owned());
            }
            _ => {}
        }
        message
    }

    /// Shows a file, and says how long it took until it was loaded.
    pub fn open(&mut self, path: &Path) -> Duration {
        let start = Instant::now();
        self.is_loaded = false;
        self.call("Page.navigate", &json!({"url": format!("file://{}", path.display())}));
        while !self.is_loaded {
            self.receive();
        }
        start.elapsed()
    }

    /// The value of an expression.
    pub fn value(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            &json!({"expression": expression, "returnByValue": true, "awaitPromise": true}),
        );
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// The value of an expression, as a text.
    pub fn text(&mut self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Presses and releases a key.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Tab" => 9,
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => panic!("an unknown key"),
        };
        let mut event = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code});
        if key == "Enter" {
            event["text"] = json!("\r");
        }
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", &event);
    }

    /// Clicks in the middle of what the expression names.
    pub fn click(&mut self, element: &str) {
        let middle = self.value(&format!(
            "(() => {{ const e = {element}; e.scrollIntoView({{block: 'center', inline: 'center'}});
               const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            self.call(
                "Input.dispatchMouseEvent",
                &json!({"type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1}),
            );
        }
    }

    /// Takes on a theme and a width.
    pub fn look(&mut self, theme: &str, width: u32, height: u32) {
        let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
        self.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        );
    }

    /// Keeps a picture in the directory that `IAMRBAC_SCREENSHOTS` names, if it does.
    pub fn picture(&mut self, name: &str) {
        let Some(directory) = std::env::var_os("IAMRBAC_SCREENSHOTS") else { return };
        let data = self.call("Page.captureScreenshot", &json!({"format": "png"}))["data"].clone();
        let bytes = BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap();
        fs::create_dir_all(&directory).unwrap();
        fs::write(Path::new(&directory).join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
