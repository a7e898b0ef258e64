import type { LetterText, Texts } from "./texts.ts";

const bankAction = (happened: string, step: string, how: string): LetterText => ({
  subject: ({ bank }) => `dos pasos para volver a conectar ${bank}`,
  title: ({ bank }) => `Dos pasos para volver a conectar ${bank}`,
  preview: () => `${step} y, después, inicie sesión de nuevo desde este correo.`,
  paragraphs: ({ product, bank }) => [
    `La conexión de ${product} con ${bank} se ha interrumpido: ${happened} Hasta que se resuelva, ${product} no puede actualizar sus cuentas.`,
  ],
  steps: ({ product, bank }) => [
    { title: step, text: `${how} ${product} no puede hacerlo por usted.` },
    {
      title: "Vuelva aquí y conecte de nuevo",
      text: `El enlace de abajo abre una página segura en la que inicia sesión en ${bank} una vez más. Suele tardar alrededor de un minuto.`,
    },
  ],
  action: "Volver a conectar",
  linkDoes: ({ bank }) => `Vuelve a conectar ${bank} y no hace nada más.`,
});

export const es: Texts = {
  letters: {
    login_required: {
      subject: ({ bank }) => `vuelva a conectar ${bank}`,
      title: ({ bank }) => `Vuelva a conectar ${bank}`,
      preview: ({ product, bank }) =>
        `Inicie sesión en ${bank} una vez más para que ${product} pueda actualizar de nuevo sus cuentas.`,
      paragraphs: ({ product, bank }) => [
        `La conexión de ${product} con ${bank} se ha interrumpido porque el banco le pide que inicie sesión de nuevo. Hasta entonces, ${product} no puede actualizar sus cuentas.`,
        "Suele ocurrir después de un cambio de contraseña, cuando vence el permiso que usted dio o cuando un banco cambia su forma de iniciar sesión.",
        `El enlace de abajo abre una página segura en la que inicia sesión en ${bank}. Suele tardar alrededor de un minuto.`,
      ],
      action: "Iniciar sesión y conectar",
      linkDoes: ({ bank }) => `Vuelve a conectar ${bank} y no hace nada más.`,
    },
    bank_action_required: {
      unlock: bankAction(
        "su acceso en línea al banco está bloqueado. Los bancos lo hacen para protegerle, normalmente tras varios intentos fallidos de iniciar sesión.",
        "Desbloquee su acceso en línea en el banco",
        "Use el sitio web o la aplicación del banco, o llame al número que figura en su tarjeta.",
      ),
      reset_password: bankAction(
        "el banco le pide que elija una contraseña nueva antes de iniciar sesión.",
        "Elija una contraseña nueva en el banco",
        "Use el sitio web o la aplicación del banco, como lo abre siempre.",
      ),
      finish_setup: bankAction(
        "el banco le pide que termine antes algo en su banca en línea, como aceptar condiciones nuevas o permitir que otras aplicaciones se conecten.",
        "Termínelo en el banco",
        "Inicie sesión en el sitio web o la aplicación del banco y siga lo que allí se le pide.",
      ),
      any: bankAction(
        "el banco le pide que haga antes algo en su banca en línea, como desbloquear su acceso, elegir una contraseña nueva o aceptar condiciones nuevas.",
        "Vea qué le pide el banco",
        "Inicie sesión en el sitio web o la aplicación del banco y siga lo que allí se le pide.",
      ),
    },
    expiring: {
      subject: ({ bank, endsOn }) => `renueve ${bank} antes del ${endsOn}`,
      title: ({ bank, endsOn }) => `Renueve ${bank} antes del ${endsOn}`,
      preview: ({ endsOn }) => `La conexión funciona hasta el ${endsOn}. Renovarla tarda alrededor de un minuto.`,
      paragraphs: ({ product, bank, endsOn }) => [
        `La conexión de ${product} con ${bank} funciona, y termina el ${endsOn} si usted no la renueva. Después, ${product} no podrá actualizar sus cuentas.`,
        "Los bancos lo piden de vez en cuando para que nada siga conectado sin que usted lo quiera.",
        `El enlace de abajo abre una página segura en la que confirma la conexión en ${bank}. Suele tardar alrededor de un minuto.`,
      ],
      action: "Renovar la conexión",
      linkDoes: ({ bank }) => `Renueva la conexión con ${bank} y no hace nada más.`,
    },
    needs_new_item: {
      subject: ({ bank }) => `conecte ${bank} desde cero`,
      title: ({ bank }) => `Conecte ${bank} desde cero`,
      preview: ({ bank }) =>
        `La conexión anterior con ${bank} no se puede reparar. El enlace dice cómo hacer una nueva.`,
      paragraphs: ({ product, bank }) => [
        `La conexión de ${product} con ${bank} se ha interrumpido y no se puede reparar: el banco ya no admite la forma en que se hizo. Hasta que conecte ${bank} desde cero, ${product} no puede actualizar sus cuentas.`,
        "Lo que se reunió hasta ahora se conserva. La conexión anterior ya no hace nada.",
        "El enlace de abajo dice qué hacer a continuación.",
      ],
      action: "Ver qué hacer",
      linkDoes: () => "Muestra una página y no cambia nada.",
    },
    revoked: {
      subject: ({ bank }) => `se ha retirado el permiso para ${bank}`,
      title: ({ bank }) => `Se ha retirado el permiso para ${bank}`,
      preview: ({ product }) => `Si así lo quería, no tiene que hacer nada. ${product} ya no recibe datos.`,
      paragraphs: ({ product, bank }) => [
        `Se ha retirado el permiso para que ${product} vea sus cuentas en ${bank}, en el banco o en Plaid, la empresa que hace la conexión. ${product} ya no recibe datos de ${bank}.`,
        "Si así lo quería, no tiene que hacer nada y no le escribiremos más sobre ello.",
        "Si no, el enlace de abajo abre una página segura en la que puede volver a conectar.",
      ],
      action: "Volver a conectar",
      linkDoes: ({ bank }) => `Vuelve a conectar ${bank} y no hace nada más.`,
    },
    new_accounts: {
      subject: ({ bank }) => `cuentas nuevas en ${bank}`,
      title: ({ bank }) => `Cuentas nuevas en ${bank}`,
      preview: ({ product }) => `Elija si ${product} puede verlas. Nada cambia hasta que lo haga.`,
      paragraphs: ({ product, bank }) => [
        `Tiene en ${bank} cuentas que no comparte con ${product}. Su conexión funciona y nada cambia si usted no lo quiere.`,
        `El enlace de abajo abre una página segura en la que elige qué cuentas de ${bank} comparte con ${product}.`,
      ],
      action: "Elegir cuentas",
      linkDoes: ({ bank }) => `Le permite elegir cuentas en ${bank} y no hace nada más.`,
    },
    connected_again: {
      subject: ({ bank }) => `la conexión con ${bank} funciona de nuevo`,
      title: ({ bank }) => `La conexión con ${bank} funciona de nuevo`,
      preview: ({ product }) => `Gracias. ${product} puede actualizar sus cuentas otra vez.`,
      paragraphs: ({ product, bank }) => [
        `La conexión de ${product} con ${bank} funciona de nuevo, así que ${product} puede actualizar sus cuentas. Gracias.`,
        "No tiene que hacer nada más.",
      ],
      action: "",
      linkDoes: () => "",
    },
  },
  yourBank: "su banco",
  hello: (name) => (name === undefined ? "Hola:" : `Hola, ${name}:`),
  reminder: {
    subject: (subject) => `recordatorio: ${subject}`,
    line: "Solo es un recordatorio. Si ya lo ha hecho, le pedimos disculpas.",
  },
  copyLink: "Si el botón no funciona, copie este enlace en su navegador:",
  linkWorksUntil: (date) => `El enlace funciona hasta el ${date}.`,
  whyThisMail: ({ product, bank }) => `${product} le envía este correo porque usted conectó ${bank} con ${product}.`,
  mayIgnore: "Si no quiere hacer nada, puede ignorarlo: quizá reciba algunos recordatorios y luego cesarán.",
  neverAsks: "Nunca le pediremos su contraseña por correo; por favor, no responda con ella.",
  help: (address) => `¿Preguntas? Escriba a ${address}.`,
};
