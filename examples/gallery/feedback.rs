//! Buttons, messages, data and overlays.

use leptos::prelude::*;
use train::ui::{client::toasts::Toast, components::*};

pub fn buttons() -> impl IntoView {
    use ButtonVariant::{Danger, Ghost, Primary};
    view! {
        <Card id="buttons" title="Buttons and badges">
            <div class="stack">
                <div class="cluster">
                    <Button variant=Primary>"Save changes"</Button>
                    <Button icon=IconName::Plus>"New conversation"</Button>
                    <Button variant=Ghost>"Cancel"</Button>
                    <Button variant=Danger icon=IconName::Trash>
                        "Delete"
                    </Button>
                    <IconButton icon=IconName::Copy label="Copy" />
                    <LinkButton href="#buttons" icon=IconName::Link>
                        "A link"
                    </LinkButton>
                </div>
                <div class="cluster">
                    <Button small=true variant=Primary busy=true>
                        "Saving"
                    </Button>
                    <Button small=true>"Small"</Button>
                    <Button small=true variant=Ghost>
                        "Small"
                    </Button>
                    <Button small=true variant=Danger>
                        "Small"
                    </Button>
                    <Button disabled=true>"Disabled"</Button>
                    <Button
                        id="why"
                        variant=Primary
                        disabled=true
                        reason="Choose a conversation first."
                    >
                        "Approve"
                    </Button>
                </div>
                <div class="cluster">
                    <Badge>"Draft"</Badge>
                    <Badge tone=Tone::Accent>"Generated"</Badge>
                    <Badge tone=Tone::Success icon=IconName::Check>
                        "Approved"
                    </Badge>
                    <Badge tone=Tone::Warning icon=IconName::Warning>
                        "Flagged"
                    </Badge>
                    <Badge tone=Tone::Danger>"Rejected"</Badge>
                    <Chord keys="Ctrl+K".to_owned() />
                    <Chord keys="Shift+ArrowRight".to_owned() />
                    <Chord keys="Ctrl++".to_owned() />
                </div>
                <div class="cluster">
                    <SaveStatus state=SaveState::Saving />
                    <SaveStatus state=SaveState::Saved />
                    <SaveStatus state=SaveState::Queued />
                    <SaveStatus state=SaveState::Failed(String::new()) on_retry=|()| () />
                </div>
                <div class="cluster">{icons()}</div>
            </div>
        </Card>
    }
}

fn icons() -> impl IntoView {
    use IconName::*;
    let icons = [
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
    ]
    .map(|name| view! { <Icon name=name size="l" /> });
    parts(icons)
}

pub fn messages() -> impl IntoView {
    view! {
        <Card id="messages" title="Feedback">
            <div class="stack">
                <div>
                    <Banner tone=Tone::Info>
                        "Another tab changed the theme; this one follows."
                    </Banner>
                    <Banner tone=Tone::Success>"Backup finished in 42 seconds."</Banner>
                    <Banner
                        tone=Tone::Warning
                        action=|| view! { <Button small=true>"Show mine and theirs"</Button> }
                    >
                        <strong>"Changed elsewhere. "</strong>
                        "Someone changed this setting while you were editing it."
                    </Banner>
                    <Banner
                        tone=Tone::Danger
                        action=|| view! { <Button small=true>"Retry"</Button> }
                    >
                        "The settings could not be loaded. Nothing will be saved until they are."
                    </Banner>
                </div>
                <div class="columns">
                    <Meter
                        id="m1"
                        label="Budget this month"
                        value=42.0
                        max=100.0
                        text="$42 of $100".to_owned()
                    />
                    <UsageMeter
                        id="m2"
                        label="Connections"
                        used=92.0
                        max=100.0
                        text="92 of 100"
                        warning=0.8
                        danger=0.9
                    />
                    <Progress
                        id="p1"
                        label="Export"
                        value=Some(0.41)
                        text="37 of 90 conversations".to_owned()
                    />
                    <Progress
                        id="p2"
                        label="Waiting"
                        value={None::<f64>}
                        text="starting…".to_owned()
                    />
                </div>
                <div class="columns">
                    <EmptyState
                        icon=IconName::Gauge
                        title="No slow queries"
                        text="Nothing took longer than a second in the last hour."
                        actions=|| view! { <Button small=true>"Look further back"</Button> }
                    />
                    <ErrorState
                        message="The database did not answer in time."
                        request_id="018f-7c2a"
                    />
                    <Skeleton label="Loading conversations…" />
                </div>
            </div>
        </Card>
    }
}

pub fn data() -> impl IntoView {
    let rows = [
        ("Refund after 30 days", "Approved", Tone::Success, 9.1),
        ("Angry caller, wrong number", "Flagged", Tone::Warning, 5.2),
        ("Edge case: two accounts, one address", "Draft", Tone::Neutral, 7.0),
    ];
    let rows = rows.map(|(title, status, tone, quality)| {
        view! {
            <tr>
                <td>
                    <input class="check" type="checkbox" aria-label=format!("Select {title}") />
                </td>
                <th scope="row">{title}</th>
                <td>
                    <Badge tone=tone>{status}</Badge>
                </td>
                <td data-num="">{format_number(quality, 0.1)}</td>
                <td data-num="">"12 Mar 2026"</td>
            </tr>
        }
    });
    let differences = vec![
        Difference {
            label: "Display · Theme".into(),
            old: Some("System".into()),
            new: Some("Dark".into()),
            beneath: None,
        },
        Difference {
            label: "Filters · Status".into(),
            old: None,
            new: Some("flagged, draft".into()),
            beneath: None,
        },
        Difference {
            label: "Shortcuts · Export".into(),
            old: Some("Ctrl+E".into()),
            new: None,
            beneath: None,
        },
    ];
    let sorted = |label, href: &'static str, sorted: Sorted, number| Head::Sorted {
        label,
        href: href.to_owned().into(),
        sorted: sorted.into(),
        number,
    };
    let heads = [
        Head::Hidden("Select"),
        sorted("Title", "?sort=title", Sorted::No, false),
        Head::text("Status"),
        sorted("Quality", "?sort=quality", Sorted::Descending, true),
        Head::number("Created"),
    ];
    view! {
        <Card id="table" title="Table" flush=true>
            <Table label="Conversations" heads=heads>
                {parts(rows)}
            </Table>
            <Pager
                position=Some("1–3 of 340".to_owned())
                before=None
                after=Some(("Next", "?page=2".to_owned()))
            />
        </Card>
        <Card id="differences" title="Differences">
            <DifferenceList items=differences />
        </Card>
    }
}

pub fn overlays() -> impl IntoView {
    let toasts = vec![
        Toast {
            id: 1,
            tone: Tone::Success,
            text: "Theme changed to Dark.".into(),
            action: Some("Undo".into()),
            link: None,
        },
        Toast {
            id: 2,
            tone: Tone::Danger,
            text: "Rows per page could not be saved.".into(),
            action: None,
            link: Some("/settings/display".into()),
        },
    ];
    view! {
        <Dialog id="dialog" title="Reset Display".to_owned() open=false on_close=|()| ()>
            <p>"These settings go back to what your organization set."</p>
        </Dialog>
        <ConfirmDialog
            id="confirm"
            title="Reset all settings?".to_owned()
            open=false
            confirm="Reset everything".to_owned()
            danger=true
            on_confirm=|()| ()
            on_cancel=|()| ()
        >
            <p>"14 settings go back to their defaults. You can undo this from the history."</p>
        </ConfirmDialog>
        <ToastRegion toasts=toasts on_dismiss=|_: u64| () />
    }
}
