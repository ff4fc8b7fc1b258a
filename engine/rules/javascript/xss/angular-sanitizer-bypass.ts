@Component({ selector: "app-note", template: "<div [innerHTML]='html'></div>" })
export class NoteComponent {
  html: SafeHtml;
  icon: SafeHtml;
  frame: SafeResourceUrl;

  constructor(private readonly sanitizer: DomSanitizer, note: Note) {
    // ruleid: angular-sanitizer-bypass
    this.html = this.sanitizer.bypassSecurityTrustHtml(note.body);
    // ruleid: angular-sanitizer-bypass
    this.frame = sanitizer.bypassSecurityTrustResourceUrl("https://maps.example/?q=" + note.place);
    // ok: angular-sanitizer-bypass
    this.icon = this.sanitizer.bypassSecurityTrustHtml("<svg></svg>");
    // ok: angular-sanitizer-bypass
    this.html = this.sanitizer.bypassSecurityTrustHtml(DOMPurify.sanitize(note.body));
  }
}
