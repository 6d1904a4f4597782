//! The icon set: line drawings on a 20-unit grid, one path each, in the colour of the text around
//! them.

use leptos::prelude::*;

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    ArrowRight,
    Bell,
    Building,
    Chat,
    Check,
    ChevronDown,
    ChevronLeft,
    ChevronRight,
    Clock,
    Close,
    Copy,
    Database,
    Device,
    Download,
    Error,
    Eye,
    Filter,
    Gauge,
    History,
    Home,
    Info,
    Key,
    Keyboard,
    Layers,
    Link,
    Mail,
    Menu,
    Money,
    Monitor,
    Moon,
    More,
    Pencil,
    Plus,
    Queue,
    Reset,
    Search,
    Settings,
    Shield,
    Sidebar,
    SignOut,
    Spark,
    Sun,
    Trash,
    Undo,
    Upload,
    User,
    Warning,
}

impl IconName {
    const fn path(self) -> &'static str {
        match self {
            Self::ArrowRight => "M4 10h12M11.5 5.5L16 10l-4.5 4.5",
            Self::Bell => {
                "M10 3a4.5 4.5 0 0 0-4.5 4.5c0 3.6-1.5 5.5-1.5 5.5h12s-1.5-1.9-1.5-5.5A4.5 4.5 0 \
                    0 0 10 3M8.3 15.7a1.8 1.8 0 0 0 3.4 0"
            }
            Self::Building => {
                "M4.5 16.5v-12a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v12M12.5 8.5h2a1 1 0 0 1 1 1v7M3 \
                    16.5h14M7.2 7h2.6M7.2 10h2.6M7.2 13h2.6"
            }
            Self::Chat => {
                "M4.5 4h11A1.5 1.5 0 0 1 17 5.5v7a1.5 1.5 0 0 1-1.5 1.5H10l-3.5 3v-3h-2A1.5 1.5 0 \
                    0 1 3 12.5v-7A1.5 1.5 0 0 1 4.5 4M6.5 7.5h7M6.5 10.5h4"
            }
            Self::Check => "M4.5 10.5L8 14l7.5-8",
            Self::ChevronDown => "M6 8l4 4l4-4",
            Self::ChevronLeft => "M12 6l-4 4l4 4",
            Self::ChevronRight => "M8 6l4 4l-4 4",
            Self::Clock => "M17 10a7 7 0 1 1-14 0a7 7 0 1 1 14 0M10 6v4l2.8 1.8",
            Self::Close => "M5.5 5.5l9 9M14.5 5.5l-9 9",
            Self::Copy => {
                "M8.5 7h6A1.5 1.5 0 0 1 16 8.5v6a1.5 1.5 0 0 1-1.5 1.5h-6A1.5 1.5 0 0 1 7 \
                    14.5v-6A1.5 1.5 0 0 1 8.5 7M4.6 12.7A1.5 1.5 0 0 1 4 11.5v-6A1.5 1.5 0 0 1 \
                    5.5 4h6a1.5 1.5 0 0 1 1.2 .6"
            }
            Self::Database => {
                "M16 5.5c0 1.4-2.7 2.5-6 2.5S4 6.9 4 5.5S6.7 3 10 3s6 1.1 6 2.5M4 5.5v9C4 15.9 \
                    6.7 17 10 17s6-1.1 6-2.5v-9M4 10c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5"
            }
            Self::Device => {
                "M7 2.5h6A1.5 1.5 0 0 1 14.5 4v12a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 \
                    16V4A1.5 1.5 0 0 1 7 2.5M9 15h2"
            }
            Self::Download => "M10 3v9M6.5 8.5L10 12l3.5-3.5M4 16h12",
            Self::Error => "M17 10a7 7 0 1 1-14 0a7 7 0 1 1 14 0M10 6.5v4M10 13.3h.01",
            Self::Eye => {
                "M2.5 10S5 5 10 5s7.5 5 7.5 5s-2.5 5-7.5 5s-7.5-5-7.5-5M12.2 10a2.2 2.2 0 1 1-4.4 \
                    0a2.2 2.2 0 1 1 4.4 0"
            }
            Self::Filter => "M3 5.5h14M6 10h8M8.5 14.5h3",
            Self::Gauge => "M4.8 15.5a7.2 7.2 0 1 1 10.4 0M10 11l3-3.7M10 11h.01",
            Self::History => "M3.5 4.5V8H7M3.9 8A6.5 6.5 0 1 1 3.6 11M10 6.5V10l2.5 1.7",
            Self::Home => "M3.5 9.5L10 3.5l6.5 6M5.5 8v8.5h9V8M8.3 16.5v-4.5h3.4v4.5",
            Self::Info => "M17 10a7 7 0 1 1-14 0a7 7 0 1 1 14 0M10 9.5v4M10 6.7h.01",
            Self::Key => "M10.5 13a3.5 3.5 0 1 1-7 0a3.5 3.5 0 1 1 7 0M9.5 10.5l7-7M13 7l2.5 2.5",
            Self::Keyboard => {
                "M4 5h12a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 16 15H4a1.5 1.5 0 0 \
                    1-1.5-1.5v-7A1.5 1.5 0 0 1 4 5M5.7 8.5h.01M8.6 8.5h.01M11.5 8.5h.01M14.3 \
                    8.5h.01M7 12h6"
            }
            Self::Layers => {
                "M10 3l7 3.5l-7 3.5l-7-3.5zM3.5 10l6.5 3.3l6.5-3.3M3.5 13.3l6.5 3.3l6.5-3.3"
            }
            Self::Link => {
                "M8.4 11.6a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-1 1M11.6 8.4a3 3 0 0 0-4.3 \
                    0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1-1"
            }
            Self::Mail => {
                "M4 4.5h12A1.5 1.5 0 0 1 17.5 6v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 \
                    14V6A1.5 1.5 0 0 1 4 4.5M3 6l7 5l7-5"
            }
            Self::Menu => "M3 5.5h14M3 10h14M3 14.5h14",
            Self::Money => {
                "M17 10a7 7 0 1 1-14 0a7 7 0 1 1 14 0M12.3 8c-.4-.8-1.2-1.3-2.3-1.3c-1.3 \
                    0-2.3.6-2.3 1.6c0 2.4 4.7 1 4.7 3.4c0 1-1 1.7-2.4 1.7c-1.2 \
                    0-2.1-.5-2.5-1.3M10 5.4v9.2"
            }
            Self::Monitor => {
                "M4 3.5h12A1.5 1.5 0 0 1 17.5 5v7a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 \
                    12V5A1.5 1.5 0 0 1 4 3.5M10 13.5v3M6.5 16.5h7"
            }
            Self::Moon => "M16.5 11.8A6.8 6.8 0 1 1 8.2 3.5a5.5 5.5 0 0 0 8.3 8.3z",
            Self::More => {
                "M5 10a.5 .5 0 1 1-1 0a.5 .5 0 1 1 1 0M10.5 10a.5 .5 0 1 1-1 0a.5 .5 0 1 1 1 0M16 \
                    10a.5 .5 0 1 1-1 0a.5 .5 0 1 1 1 0"
            }
            Self::Pencil => "M4 16l.7-3.5L13.2 4l2.8 2.8l-8.5 8.5zM11.5 5.7l2.8 2.8",
            Self::Plus => "M10 4v12M4 10h12",
            Self::Queue => "M3 5h14M3 10h8M3 15h8M14 9.5l3.5 3l-3.5 3z",
            Self::Reset => "M4 3.8V8h4.2M4.4 8a6.3 6.3 0 1 1-.5 4",
            Self::Search => "M14 8.8a5.3 5.3 0 1 1-10.6 0a5.3 5.3 0 1 1 10.6 0M12.6 12.6l4 4",
            Self::Settings => {
                "M3 6h6M13 6h4M13 6a2 2 0 1 1-4 0a2 2 0 1 1 4 0M3 14h2.5M9.5 14H17M9.5 14a2 2 0 1 \
                    1-4 0a2 2 0 1 1 4 0"
            }
            Self::Shield => {
                "M10 2.5l6 2.2v4.8c0 3.8-2.4 6.4-6 8c-3.6-1.6-6-4.2-6-8V4.7zM7.3 9.8l2 2l3.4-3.7"
            }
            Self::Sidebar => {
                "M4.5 3.5h11A1.5 1.5 0 0 1 17 5v10a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 \
                    15V5a1.5 1.5 0 0 1 1.5-1.5M8 3.5v13"
            }
            Self::SignOut => {
                "M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M13 6.5l3.5 3.5l-3.5 \
                    3.5M16.5 10H8"
            }
            Self::Spark => {
                "M9 3l1.5 4.5L15 9l-4.5 1.5L9 15l-1.5-4.5L3 9l4.5-1.5zM15.5 13v4M13.5 15h4"
            }
            Self::Sun => {
                "M13 10a3 3 0 1 1-6 0a3 3 0 1 1 6 0M10 2.5V4M10 16v1.5M2.5 10H4M16 10h1.5M4.7 \
                    4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1"
            }
            Self::Trash => "M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.7 11h8.6l.7-11M8.5 8.5v5M11.5 8.5v5",
            Self::Undo => "M7.5 4L4 7.5L7.5 11M4 7.5h7.5a4.2 4.2 0 0 1 0 8.5H8",
            Self::Upload => "M10 12V3M6.5 6.5L10 3l3.5 3.5M4 16h12",
            Self::User => "M13 7a3 3 0 1 1-6 0a3 3 0 1 1 6 0M4 16.5c.7-3 3-4.5 6-4.5s5.3 1.5 6 4.5",
            Self::Warning => "M10 3.5L17 16H3zM10 8.3v3.2M10 13.7h.01",
        }
    }
}

/// One picture, hidden from assistive technology: the words beside it, or the label of its button,
/// say the same.
#[component]
pub fn Icon(
    /// Which picture.
    name: IconName,
    /// `"s"` (16 px), `"l"` (24 px); 18 px when not given.
    #[prop(optional)]
    size: &'static str,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            data-size=size
            viewBox="0 0 20 20"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=name.path() />
        </svg>
    }
    .into_any()
}
