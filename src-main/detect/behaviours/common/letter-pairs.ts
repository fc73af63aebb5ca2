/**
 * How improbable a name is as something people would choose: mean surprise of its letter pairs against those of common
 * words, in bits a letter.
 */

/** Words and brands of which names are made; only their letter pairs matter. */
const WORDS =
  'the about above account action active address advance after agency air album alert all alpha always amazon america analytics and android animal answer any apple apps area army around art asset asia auto avenue awesome baby back bank bar base bay beach beauty best beta better big bike bird black blog blue board body book boot border box boy brain brand bread bridge bright broker brother build bus business button buy cable call camera camp canada cap capital car card care cart case cash casino cast cat center central chain change channel charity chat check chef chicken child china choice church city class clean clear click client clinic clock cloud club coach coast code coffee college color come community company compare computer concept connect contact content control cook cool corner corporate country course cover create credit crew cross crowd cup custom cyber daily dance dark data date day deal dear deep delivery demo dental depot design desk detail dev device dial diet digital direct discount discover doctor dog dollar domain door double down download dream dress drive drop dry dynamic eagle early earth east easy eco edge education electric elite email energy engine english enjoy enterprise equity estate europe event every exchange exclusive expert express extra eye face facebook factory fair family fan farm fashion fast father feed field file film final finance find fire first fish fit five flash fleet flight floor flower fly focus food foot for force forest form forum forward found foundation four fox frame free fresh friend from front fruit fuel full fun fund furniture future gallery game garden gate general gift girl give glass global go gold golf good google grand graph grass great green grid ground group grow guard guide guitar hair half hall hand happy hard head health heart heat help here hero high hill history hit hobby hold holiday home honda honey hope horizon horse hospital host hot hotel hour house human hunt ice icon idea image impact in india info inn insight insurance inter internet invest island italia jack japan jet job join journal just key kid king kitchen knowledge lab lake land language large laser latin law lead learn legal lens level library life light like line link lion list little live local lock logic london long look love low lucky luxury machine mag magazine magic mail main make man manager map marine mark market master match matter max media medical meet mega member men metal method metro micro microsoft mile milk mind mini mobile model modern moment money monitor moon more mortgage mother motor mountain mouse movie music mutual my name nation natural nature near net network new news next nice night nine noble north note nova now number nurse object ocean office official oil old olive one online open option orange order organic original out outdoor over page paint palace panel paper paradise parent park part partner party pass patch path pay peace pen people perfect performance personal pet pharma phone photo pilot pink place plan planet plant plastic platform play plus pocket point police policy pool pop port portal post power premier press price prime print privacy private pro process product professional profile program project promo property protect proxy public pulse pure quality queen quest quick race radio rain random rank rapid rate reach read ready real record red region register relay rent report rescue research resource rest result review rich ride right ring river road robot rock roof room root rose round route royal rule run rush safe sail sale salon sand save scan school science score search season seat second secret secure security see select sell send senior server service session seven shadow shape share shark sharp shield ship shirt shoe shop short show side sign signal silver simple single site six skin sky sleep smart smile smoke snap snow social soft software solar solid solution song sonic sound source south space spark special speed spirit sport spot spring square stack staff stage standard star start state static station steel step stock stone stop storage store story stream street strong studio style sugar suite summer sun super supply support sure surf survey sweet swift switch system table tag talk tank target task taste tax team tech telecom temple term test text theater theme therapy thing think three thunder ticket time tip titan today together token tool top total touch tour town toy track trade trail train transfer travel tree trend trip true trust tube turbo twin two ultra under union unit united universe up update upload urban user vacation valley value van vector vegas venture view village vintage virtual vision vista vital voice volt vote wave way wealth wear weather web wedding week west wheel white wide wild win wind window wine wing winter wire wise wolf woman wonder wood word work world write yahoo yard year yellow yoga york you young your youth zero zone';

const LETTERS = 26;
/** Rows and columns: letters, then digits, then anything else. */
const CLASSES = LETTERS + 2;
const DIGIT = LETTERS;
const OTHER = LETTERS + 1;

function classOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 97;
  return code >= 48 && code <= 57 ? DIGIT : OTHER;
}

function build(): Float64Array {
  const counts = new Float64Array(CLASSES * CLASSES).fill(0.3);
  for (const word of WORDS.split(' ')) {
    for (let i = 0; i + 1 < word.length; i++)
      counts[classOf(word.charCodeAt(i)) * CLASSES + classOf(word.charCodeAt(i + 1))]! += 1;
  }
  // Hyphens join words, digits follow them: both are ordinary now and then.
  for (let c = 0; c < LETTERS; c++) {
    counts[c * CLASSES + OTHER]! += 3;
    counts[OTHER * CLASSES + c]! += 3;
    counts[c * CLASSES + DIGIT]! += 2;
  }
  counts[DIGIT * CLASSES + DIGIT]! += 30;
  const bits = new Float64Array(counts.length);
  for (let row = 0; row < CLASSES; row++) {
    let sum = 0;
    for (let column = 0; column < CLASSES; column++) sum += counts[row * CLASSES + column]!;
    for (let column = 0; column < CLASSES; column++) {
      bits[row * CLASSES + column] = -Math.log2(counts[row * CLASSES + column]! / sum);
    }
  }
  return bits;
}

const BITS = build();

/** Mean bits of surprise of the letter pairs of a label (lower case); 0 for labels of fewer than two characters. */
export function surprise(label: string): number {
  let sum = 0;
  for (let i = 0; i + 1 < label.length; i++) {
    sum += BITS[classOf(label.charCodeAt(i)) * CLASSES + classOf(label.charCodeAt(i + 1))]!;
  }
  return label.length < 2 ? 0 : sum / (label.length - 1);
}
